package main

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"sort"

	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

// A map's entries in their order: a Go map would lose it.
type pairs []struct{ key, value any }

func (p pairs) get(key string) any {
	var found any
	for _, each := range p {
		if each.key == key {
			found = each.value
		}
	}
	return found
}

func (p pairs) text(key string) (string, error) {
	if text, ok := p.get(key).(string); ok && text != "" {
		return text, nil
	}
	return "", fmt.Errorf("`%s` is missing or not a text", key)
}

// The value with its type as written: the library's own decoding takes bin for str, and floats for integers.
func value(d *msgpack.Decoder) (any, error) {
	code, err := d.PeekCode()
	if err != nil {
		return nil, err
	}
	switch {
	case msgpcode.IsFixedMap(code) || code == msgpcode.Map16 || code == msgpcode.Map32:
		length, err := d.DecodeMapLen()
		found := pairs{}
		for ; err == nil && length > 0; length-- {
			var entry struct{ key, value any }
			if entry.key, err = value(d); err == nil {
				entry.value, err = value(d)
			}
			found = append(found, entry)
		}
		return found, err
	case msgpcode.IsFixedArray(code) || code == msgpcode.Array16 || code == msgpcode.Array32:
		length, err := d.DecodeArrayLen()
		found := []any{}
		for ; err == nil && length > 0; length-- {
			var item any
			item, err = value(d)
			found = append(found, item)
		}
		return found, err
	case msgpcode.IsString(code):
		return d.DecodeString()
	case msgpcode.IsBin(code):
		found, err := d.DecodeBytes()
		return append([]byte{}, found...), err
	case msgpcode.IsFixedNum(code) || (code >= msgpcode.Int8 && code <= msgpcode.Int64):
		return d.DecodeInt64()
	case code >= msgpcode.Uint8 && code <= msgpcode.Uint64:
		return d.DecodeUint64()
	}
	return nil, d.Skip() // nil, booleans, floats, extensions: no required key has them
}

func integer(found any) (int64, bool) {
	switch number := found.(type) {
	case int64:
		return number, true
	case uint64:
		return int64(number), number < 1<<63
	}
	return 0, false
}

type frame struct {
	BatchID *int64  `json:"batch_id,omitempty"`
	Bytes   *string `json:"bytes,omitempty"`
	Content string  `json:"content"`
	Source  string  `json:"source_id"`
	UUID    string  `json:"uuid"`
}

type message struct {
	Frames    []frame `json:"frames"`
	Kind      string  `json:"kind"`
	Source    string  `json:"source_id"`
	Unclaimed int     `json:"unclaimed"`
}

// read says what [topic, message, part...] is, or why it has to be refused.
func read(parts [][]byte) (*message, error) {
	if len(parts) < 2 || len(parts[0]) == 0 {
		return nil, errors.New("the topic is empty, or there is no message")
	}
	reader := bytes.NewReader(parts[1])
	found, err := value(msgpack.NewDecoder(reader))
	fields, isMap := found.(pairs)
	if err != nil || !isMap || reader.Len() > 0 {
		return nil, fmt.Errorf("not one msgpack map: %v", err)
	}
	if len(fields) < 2 || fields[0].key != "framebridge" || fields[1].key != "kind" {
		return nil, errors.New("the first two keys are not `framebridge` and `kind`")
	}
	kind, isText := fields[1].value.(string)
	if version, ok := integer(fields[0].value); !ok || version != 1 || !isText {
		return nil, errors.New("unknown version, or `kind` is not a text")
	}
	for _, each := range fields {
		if _, ok := each.key.(string); !ok {
			return nil, errors.New("a key is not a text")
		}
	}
	m := &message{Kind: kind, Frames: []frame{}}
	m.Source, _ = fields.get("source_id").(string)
	switch kind {
	case "video_frame":
		var one frame
		one, err = readFrame(fields)
		m.Frames = append(m.Frames, one)
	case "video_frame_batch":
		err = readBatch(fields, m)
	case "user_data", "end_of_stream":
		_, err = fields.text("source_id")
	case "shutdown":
		m.Source = ""
	case "video_frame_update":
	default:
		m.Kind = "unknown"
	}
	if err != nil {
		return nil, err
	}
	return m, giveParts(m, parts[2:])
}

func readFrame(fields pairs) (f frame, err error) {
	if f.Source, err = fields.text("source_id"); err != nil {
		return
	}
	if f.UUID, err = fields.text("uuid"); err != nil {
		return
	}
	content, _ := fields.get("content").(pairs)
	if f.Content, err = content.text("kind"); err != nil {
		return
	}
	switch f.Content {
	case "none", "attached":
	case "inline":
		inside, ok := content.get("bytes").([]byte)
		if !ok {
			err = errors.New("an inline content has no `bytes`")
		}
		text := hex.EncodeToString(inside)
		f.Bytes = &text
	case "reference":
		if _, err = content.text("store"); err == nil {
			_, err = content.text("key")
		}
	default:
		f.Content = "foreign"
	}
	if len(f.UUID) > 255 {
		err = errors.New("`uuid` is too long")
	}
	return
}

func readBatch(fields pairs, m *message) error {
	list, ok := fields.get("frames").([]any)
	if !ok || len(list) > 65536 {
		return errors.New("`frames` is not an array of at most 65536")
	}
	ids := map[int64]bool{}
	sources := map[string]bool{}
	for _, item := range list {
		each, _ := item.(pairs)
		id, ok := integer(each.get("batch_id"))
		f, err := readFrame(each)
		if !ok || err != nil || ids[id] {
			return fmt.Errorf("a frame without a `batch_id` of its own, or: %v", err)
		}
		ids[id], sources[f.Source] = true, true
		f.BatchID = &id
		m.Frames = append(m.Frames, f)
	}
	sort.Slice(m.Frames, func(i, j int) bool { return *m.Frames[i].BatchID < *m.Frames[j].BatchID })
	if m.Source == "" && len(sources) == 1 {
		m.Source = m.Frames[0].Source
	}
	return nil
}

func giveParts(m *message, parts [][]byte) error {
	attached, known := 0, m.Kind != "unknown"
	for i := range m.Frames {
		f := &m.Frames[i]
		known = known && f.Content != "foreign"
		if f.Content != "attached" {
			continue
		}
		attached++
		if len(parts) == 0 {
			return errors.New("an attached frame has no part")
		}
		taken := parts[:1]
		if m.Kind == "video_frame" {
			taken = parts
		}
		parts = parts[len(taken):]
		text := hex.EncodeToString(bytes.Join(taken, nil))
		f.Bytes = &text
	}
	for _, part := range parts {
		if len(part) > 0 {
			m.Unclaimed++
		}
	}
	if m.Unclaimed > 0 && (attached > 0 || known) {
		return errors.New("no frame claims a part")
	}
	return nil
}
