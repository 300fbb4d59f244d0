"""Permissions and security on a real broker with SASL, TLS and ACLs: what is wrong is said in one sentence that names the
option or the ACL, and whoever may do what it has to, does it."""

import contextlib
import shutil
import subprocess
import urllib.error
import urllib.request

import pytest
from confluent_kafka import Consumer
from confluent_kafka.admin import (AclBinding, AclOperation, AclPermissionType, AdminClient, ResourcePatternType, ResourceType,
                                   ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion)

import clients
from clients import Reader, Writer
from conftest import create_topic
from harness.processes import free_ports
from harness.servers import Kafka

NOT_PERMITTED = 77


def administer(kafka, call, *arguments):
    client = AdminClient({"bootstrap.servers": kafka.brokers})
    for result in call(client, *arguments).values():
        result.result(timeout=60)


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def certificate(folder, name, authority, days=30):
    """NAME.pem: the certificate and its key, as brokers and librdkafka read them."""
    openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.crt", "-CAkey", f"{authority}.key", "-CAcreateserial",
            "-extfile", "names", "-days", str(days), "-out", f"{name}.crt")
    (folder / f"{name}.pem").write_text((folder / f"{name}.key").read_text() + (folder / f"{name}.crt").read_text())
    return folder / f"{name}.pem"


class SecuredKafka(Kafka):
    """A broker with a listener a kind; what has no listener of its own (the tests) is a super user."""

    def __init__(self, folder):
        for name in ("ca", "other-ca"):
            openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.crt",
                    "-subj", f"/CN={name}", "-days", "30")
        keystore = certificate(folder, "broker", "ca")
        expired = certificate(folder, "expired", "ca", days=-1)
        certificate(folder, "alice", "ca")
        self.certificates = folder
        names = {"SASL": "SASL_PLAINTEXT", "SASLTLS": "SASL_SSL", "MUTUAL": "SSL", "EXPIRED": "SSL"}
        self.port_of = dict(zip(names, free_ports(len(names))))
        plain = "org.apache.kafka.common.security.plain.PlainLoginModule required " + " ".join(
            f'user_{user}="{user}-secret"' for user in ("alice", "bob", "carol")) + ";"
        scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        config = {"authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                  "super.users": "User:ANONYMOUS", "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256",
                  "ssl.keystore.type": "PEM", "ssl.keystore.location": keystore,
                  "ssl.truststore.type": "PEM", "ssl.truststore.location": folder / "ca.crt",
                  "listener.name.mutual.ssl.client.auth": "required",
                  "listener.name.expired.ssl.keystore.type": "PEM", "listener.name.expired.ssl.keystore.location": expired}
        for listener in ("sasl", "sasltls"):
            config[f"listener.name.{listener}.plain.sasl.jaas.config"] = plain
            config[f"listener.name.{listener}.scram-sha-256.sasl.jaas.config"] = scram
        super().__init__(config=config, listeners={name: (self.port_of[name], protocol) for name, protocol in names.items()})

    def options(self, listener, **properties):
        """The options of an adapter: its listener's address, and librdkafka's properties."""
        protocol = {"SASL": "sasl_plaintext", "SASLTLS": "sasl_ssl", "MUTUAL": "ssl", "EXPIRED": "ssl"}[listener]
        settings = {"security_protocol": protocol, **properties}
        return {"kafka_brokers": f"127.0.0.1:{self.port_of[listener]}",
                "kafka_config": [f"{name.replace('_', '.')}={value}" for name, value in settings.items() if value is not None]}

    def as_user(self, user="alice", password=None, listener="SASL", **properties):
        return self.options(listener, **{"sasl_mechanism": "PLAIN", "sasl_username": user,
                                         "sasl_password": password or f"{user}-secret", **properties})

    def allow(self, user, *operations, topic=None, group=None):
        kind, name = (ResourceType.TOPIC, topic) if topic else (ResourceType.GROUP, group)
        bindings = [AclBinding(kind, name, ResourcePatternType.LITERAL, f"User:{user}", "*", operation, AclPermissionType.ALLOW)
                    for operation in operations]
        administer(self, AdminClient.create_acls, bindings)


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    if not shutil.which("openssl"):
        pytest.skip("openssl is missing: apt-get install openssl")
    with SecuredKafka(tmp_path_factory.mktemp("certificates")) as kafka:
        yield kafka


@pytest.fixture
def topic(secured):
    return create_topic(secured)


def sink(adapter, topic, folder, options):
    return adapter("kafka-redis-sink", zmq_endpoint=f"router+bind:ipc://{folder}/in.ipc", kafka_topic=topic, **options)


def source(adapter, topic, folder, options, **more):
    return adapter("kafka-redis-source", zmq_endpoint=f"dealer+connect:ipc://{folder}/out.ipc", kafka_topic=topic,
                   kafka_group_id=topic, kafka_auto_offset_reset="earliest", **options, **more)


def refused(process, *texts):
    """It ends with 77 within ten seconds (and what a loaded machine needs to start it), and its log has all of the texts."""
    assert process.wait(20) == NOT_PERMITTED, process.log
    for text in texts:
        assert text in process.log, process.log


def waits(process, *texts):
    def told():
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{process.metrics_port}/health", timeout=10) as reply:
                return reply.status != 200
        except urllib.error.HTTPError as error:
            page = error.read().decode()
            return all(text in page for text in texts)
        except OSError:
            return False
    process.wait_until(told, f"/health with {texts}", 20)
    assert process.running


def test_a_wrong_password_and_a_missing_write_permission_are_named(secured, adapter, topic, tmp_path):
    refused(sink(adapter, topic, tmp_path, secured.as_user(password="wrong")), "sasl.password")
    secured.allow("bob", AclOperation.DESCRIBE, topic=topic)
    process = sink(adapter, topic, tmp_path, secured.as_user("bob"))
    with contextlib.closing(Writer(f"ipc://{tmp_path}/in.ipc")) as writer:
        writer.send("cam", clients.native_frame("cam", {"kind": "none"}))
        refused(process, "Write")


@pytest.mark.long
def test_a_topic_that_may_not_be_seen_is_not_called_missing(secured, adapter, topic, tmp_path):
    refused(sink(adapter, topic, tmp_path, secured.as_user("carol")), "Describe")


@pytest.mark.long
@pytest.mark.parametrize("missing", ["group", "topic"])
def test_a_missing_read_permission_is_named(secured, adapter, topic, tmp_path, missing):
    secured.allow("alice", AclOperation.DESCRIBE, topic=topic)
    if missing == "topic":
        secured.allow("alice", AclOperation.READ, group=topic)
    else:
        secured.allow("alice", AclOperation.READ, topic=topic)
    refused(source(adapter, topic, tmp_path, secured.as_user("alice")),
            "Read on the consumer group" if missing == "group" else "Read (a source)")


@pytest.mark.long
def test_an_unknown_authority_waits_and_is_named(secured, adapter, topic, tmp_path):
    options = secured.as_user(listener="SASLTLS", ssl_ca_location=secured.certificates / "other-ca.crt")
    waits(sink(adapter, topic, tmp_path, options), "ssl.ca.location")


@pytest.mark.long
def test_an_expired_certificate_waits_and_is_named(secured, adapter, topic, tmp_path):
    options = secured.options("EXPIRED", ssl_ca_location=secured.certificates / "ca.crt")
    waits(sink(adapter, topic, tmp_path, options), "expired")


@pytest.mark.long
@pytest.mark.parametrize("listener", ["MUTUAL", "SASL"])
def test_a_client_without_security_waits_and_is_told(secured, adapter, topic, tmp_path, listener):
    waits(sink(adapter, topic, tmp_path, secured.options(listener, security_protocol=None)), "security.protocol")


@pytest.mark.long
def test_another_members_assignor_is_named(secured, adapter, topic, tmp_path):
    secured.allow("alice", AclOperation.DESCRIBE, AclOperation.READ, topic=topic)
    secured.allow("alice", AclOperation.READ, group=topic)
    member = Consumer({"bootstrap.servers": secured.brokers, "group.id": topic, "partition.assignment.strategy": "range"})
    try:
        member.subscribe([topic])
        for _ in range(100):
            member.poll(0.1)
            if member.assignment():
                break
        refused(source(adapter, topic, tmp_path, secured.as_user("alice")), "--kafka-partition-assignment-strategy")
    finally:
        member.close()


@pytest.mark.long
@pytest.mark.parametrize("way", ["PLAIN", "SCRAM over TLS", "mutual TLS"])
def test_who_may_is_served(secured, adapter, topic, tmp_path, way):
    user = "CN=alice" if way == "mutual TLS" else "alice"
    secured.allow(user, AclOperation.DESCRIBE, AclOperation.READ, AclOperation.WRITE, topic=topic)
    secured.allow(user, AclOperation.READ, group=topic)
    options = secured.as_user()
    if way == "SCRAM over TLS":
        change = UserScramCredentialUpsertion("alice", ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096), b"scram-secret")
        administer(secured, AdminClient.alter_user_scram_credentials, [change])
        options = secured.as_user(password="scram-secret", listener="SASLTLS", sasl_mechanism="SCRAM-SHA-256",
                                  ssl_ca_location=secured.certificates / "ca.crt")
    elif way == "mutual TLS":
        files = secured.certificates
        options = secured.options("MUTUAL", ssl_ca_location=files / "ca.crt", ssl_certificate_location=files / "alice.crt",
                                  ssl_key_location=files / "alice.key")
    with contextlib.closing(Reader(f"ipc://{tmp_path}/out.ipc")) as reader, \
            contextlib.closing(Writer(f"ipc://{tmp_path}/in.ipc")) as writer:
        sink(adapter, topic, tmp_path, options)
        source(adapter, topic, tmp_path, options)
        writer.send("cam", clients.native_frame("cam", {"kind": "none"}, sequence_number=7))
        _, message, _ = reader.receive()
        assert clients.msgpack.unpackb(message)["sequence_number"] == 7
