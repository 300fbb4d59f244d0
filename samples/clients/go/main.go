// A FrameBridge client, written from proto/README.md alone: see README.md.
package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/go-zeromq/zmq4"
	"github.com/vmihailenco/msgpack/v5"
)

// The library keeps the order of a struct's fields: `framebridge` and `kind` have to be first.
type header struct {
	Version int    `msgpack:"framebridge"`
	Kind    string `msgpack:"kind"`
	Source  string `msgpack:"source_id"`
	Number  uint64 `msgpack:"sequence_number"`
	Answers int    `msgpack:"answers"`
}

type videoFrame struct {
	Version  int               `msgpack:"framebridge"`
	Kind     string            `msgpack:"kind"`
	Source   string            `msgpack:"source_id"`
	Number   uint64            `msgpack:"sequence_number"`
	UUID     string            `msgpack:"uuid"`
	Codec    string            `msgpack:"codec"`
	Keyframe bool              `msgpack:"keyframe"`
	TimeBase [2]int            `msgpack:"time_base"`
	PTS      int64             `msgpack:"pts"`
	Created  int64             `msgpack:"creation_time_ns"`
	Content  map[string]string `msgpack:"content"`
}

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func send(address, file string) error {
	picture, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	socket := zmq4.NewDealer(ctx)
	defer socket.Close()
	if err = socket.Dial(address); err != nil {
		return err
	}
	const source, count = "go-client", 10
	for number := uint64(0); number < count; number++ {
		body, err := msgpack.Marshal(videoFrame{1, "video_frame", source, number, newUUID(), "jpeg", true, [2]int{1, 25},
			int64(number), time.Now().UnixNano(), map[string]string{"kind": "attached"}})
		if err == nil {
			err = socket.SendMulti(zmq4.NewMsgFrom([]byte(source), body, picture))
		}
		if err != nil {
			return err
		}
	}
	end, err := msgpack.Marshal(header{1, "end_of_stream", source, count, 1})
	if err == nil {
		err = socket.SendMulti(zmq4.NewMsgFrom([]byte(source), end))
	}
	if err != nil {
		return err
	}
	answer, err := socket.Recv()
	if err != nil {
		return err
	}
	fmt.Printf("%s", answer.Frames[0])
	if len(answer.Frames) > 1 {
		var details map[string]any
		if err = msgpack.Unmarshal(answer.Frames[1], &details); err != nil {
			return err
		}
		fmt.Printf(" %v", details)
	}
	fmt.Println()
	if string(answer.Frames[0]) != "OK" {
		return fmt.Errorf("something was refused")
	}
	return nil
}

func plain(v any) (out any) {
	text, _ := json.Marshal(v)
	_ = json.Unmarshal(text, &out)
	return
}

func checkVectors(folder string) error {
	text, err := os.ReadFile(filepath.Join(folder, "expected.json"))
	if err != nil {
		return err
	}
	var expected map[string]any
	if err = json.Unmarshal(text, &expected); err != nil {
		return err
	}
	wrong := 0
	for name, want := range expected {
		file, err := os.ReadFile(filepath.Join(folder, name+".hex"))
		if err != nil {
			return err
		}
		var parts [][]byte
		for _, line := range strings.Split(strings.TrimSuffix(string(file), "\n"), "\n") {
			part, err := hex.DecodeString(line)
			if err != nil {
				return err
			}
			parts = append(parts, part)
		}
		var found any = "refused"
		if m, err := read(parts); err == nil {
			found = plain(m)
		}
		// What is not UTF-8 has no form in JSON.
		if text, _ := json.Marshal(want); !strings.Contains(string(text), `\\xff`) && !reflect.DeepEqual(found, want) {
			fmt.Printf("%s: %v instead of %v\n", name, found, want)
			wrong++
		}
	}
	fmt.Printf("%d messages, %d read otherwise than expected\n", len(expected), wrong)
	if wrong > 0 {
		return fmt.Errorf("the client does not read as the specification says")
	}
	return nil
}

func main() {
	var err error
	switch {
	case len(os.Args) == 4 && os.Args[1] == "send":
		err = send(os.Args[2], os.Args[3])
	case len(os.Args) == 2 && os.Args[1] == "vectors":
		err = checkVectors("../../../proto/vectors/native")
	default:
		err = fmt.Errorf("usage: go run . vectors | go run . send tcp://127.0.0.1:5555 frame.jpg")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
