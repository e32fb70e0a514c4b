package io.lockstep.testkit.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.access.PasswordHash;
import io.lockstep.access.UserTable;
import io.lockstep.access.rules.Principal;
import io.lockstep.access.rules.SessionPrincipal;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.cli.LockstepMain;
import io.lockstep.client.AccessRulesState;
import io.lockstep.client.AnswerListener;
import io.lockstep.client.BlockingPublisher;
import io.lockstep.client.BlockingSubscriber;
import io.lockstep.client.ClientConfig;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.LockstepException;
import io.lockstep.client.PublishException;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.ReceivedMessage;
import io.lockstep.client.SessionOpening;
import io.lockstep.client.SessionPiece;
import io.lockstep.client.Sessions;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.client.SubscriptionChange;
import io.lockstep.client.SubscriptionResults;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.AccessConfig;
import io.lockstep.config.GatewayEndpoint;
import io.lockstep.gateway.GatewayConfig;
import io.lockstep.gateway.LockstepGateway;
import io.lockstep.gateway.mqtt.MqttOptions;
import io.lockstep.gateway.session.GatewayLimits;
import io.lockstep.testkit.Await;
import io.lockstep.testkit.ExpectedErrors;
import io.lockstep.testkit.LocalCluster;
import io.lockstep.testkit.StoredJournals;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.agrona.CloseHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Users and rules, for programs at the cluster's ingress and MQTT clients alike, and what is told of refusals. */
class AccessSystemTest {
    private static final int BASE_PORT = 25_700;
    private static final int GATEWAY_PORT = 31_400;
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);
    private static final int NOT_AUTHORIZED = 0x87;
    private static final int NO_SUBSCRIBERS = 0x10;
    private static final String FIRST_RULES =
            "allow user ann publish a/#\nallow user ann subscribe a/#\nallow user root admin";
    private static final String NEXT_RULES = "allow user ann publish b/#\nallow user root admin";

    private final List<String> log = new CopyOnWriteArrayList<>();

    @TempDir
    private Path dir;

    private LocalCluster cluster;

    @AfterEach
    void close() {
        CloseHelper.close(cluster);
    }

    @Test
    @Timeout(300)
    void shouldAskWhoComesAndFollowTheRules() throws IOException {
        final AccessConfig access = writeFiles();
        cluster = LocalCluster.on(BASE_PORT).access(access).start();
        try (LockstepGateway gateway = LockstepGateway.start(
                new GatewayConfig(
                        "test",
                        new GatewayEndpoint(7, "localhost", GATEWAY_PORT, GATEWAY_PORT + 1),
                        cluster.config().nodes(),
                        GatewayLimits.DEFAULTS,
                        MqttOptions.DEFAULTS,
                        access,
                        cluster.config().secret()),
                log::add,
                failure -> log.add("FAILED " + failure))) {
            Await.await("the gateway is healthy", 60, gateway::isHealthy, log::toString);
            shouldLetOnlyUsersIn();
            Await.await("the shard has the rules of the file", 30, this::hasRulesOfFile, cluster::log);
            Await.await("the gateway has the rules of the cluster", 30, this::hasClusterRules, log::toString);

            assertMayPublish("a/x", "b/x");
            assertSubscribes(List.of(SubscriptionResults.NEW, SubscriptionResults.NOT_ALLOWED), "a/+", "b");
            connectWithWill("w1").close();
            awaitMessage("a/x", "the will of w1");
            final MqttTestClient leftUnderTheFirstRules = connectWithWill("w2");

            final Path file = Files.writeString(dir.resolve("next.txt"), NEXT_RULES);
            final Path password = Files.writeString(dir.resolve("root.txt"), "root\n");
            assertEquals(
                    0,
                    LockstepMain.execute(
                            "access",
                            "apply",
                            file.toString(),
                            "--nodes",
                            cluster.nodesText(),
                            "--user",
                            "root",
                            "--password-file",
                            password.toString()));
            Await.await("the gateway follows", 30, () -> mqttPublish("b/x") != NOT_AUTHORIZED, log::toString);

            assertMayPublish("b/x", "a/x");
            leftUnderTheFirstRules.close();
            assertAudits();

            cluster.takeSnapshot(0);
            final int leader = cluster.awaitLeader(0);
            cluster.stopNode(leader);
            cluster.awaitLeader(0);
            cluster.startNode(leader);
            cluster.awaitLeader(0);
            assertEquals(new AccessRulesState(0, 2, NEXT_RULES), rules());
            assertEquals(ResultCode.NOT_AUTHORIZED, publish("a/x"));
            assertEquals(ResultCode.ACCEPTED, publish("b/x"));
        }
        StoredJournals.assertSame(cluster);
        assertEquals(List.of(), cluster.unexpectedErrors(ExpectedErrors.ofLostNodes()), cluster::log);
    }

    private void shouldLetOnlyUsersIn() {
        for (final ClientConfig stranger : List.of(
                config(),
                config().credentials("ann", bytes("wrong")),
                config().credentials("eve", bytes("ann")),
                config().clusterSecret("not the secret of the cluster"))) {
            final LockstepException refusal =
                    assertThrows(LockstepException.class, () -> LockstepClient.connect(stranger));
            assertTrue(refusal.getMessage().contains("does not let this client in"), refusal.getMessage());
        }
    }

    private void assertMayPublish(final String allowed, final String refused) {
        assertEquals(ResultCode.ACCEPTED, publish(allowed));
        assertEquals(ResultCode.NOT_AUTHORIZED, publish(refused));
        assertEquals(NO_SUBSCRIBERS, mqttPublish(allowed) | NO_SUBSCRIBERS, "success, with subscribers or without");
        assertEquals(NOT_AUTHORIZED, mqttPublish(refused));
    }

    private void assertAudits() {
        boolean isShardSeen = false;
        boolean isGatewaySeen = false;
        boolean isNodeSeen = false;
        boolean isWillSeen = false;
        try (LockstepClient client = trusted();
                BlockingSubscriber audits = client.addBlockingSubscriber(
                        new SubscriberConfig().filter("$audit/#").start(StartPosition.start()))) {
            while (!isShardSeen || !isGatewaySeen || !isNodeSeen || !isWillSeen) {
                final ReceivedMessage message = audits.take(TIMEOUT_NS);
                assertTrue(
                        message != null,
                        "told: shard " + isShardSeen + ", gateway " + isGatewaySeen + ", node " + isNodeSeen + ", will "
                                + isWillSeen);
                final String text = message.payloadText();
                final boolean isOfAnn = text.contains("\"user\":\"ann\"") && text.contains("\"action\":\"publish\"");
                isShardSeen |= isOfAnn && text.contains("\"where\":\"shard 0\"") && text.contains("\"topic\":\"b/x\"");
                isGatewaySeen |= isOfAnn && text.contains("\"where\":\"gateway-7\"");
                isWillSeen |= isOfAnn && text.contains("\"where\":\"shard 0\"") && text.contains("\"clientId\":\"w2\"");
                isNodeSeen |= text.contains("\"action\":\"log in\"") && text.contains("\"where\":\"node ");
            }
        }
    }

    private AccessConfig writeFiles() throws IOException {
        UserTable users = UserTable.EMPTY;
        for (final String name : List.of("ann", "root")) {
            users = users.with(name, PasswordHash.of(bytes(name), 1000));
        }
        return new AccessConfig(
                Files.write(dir.resolve("users.txt"), users.linesLike(List.of())),
                Files.writeString(dir.resolve("rules.txt"), FIRST_RULES),
                AccessConfig.Anonymous.AUTO,
                AccessConfig.CertificateUser.NONE);
    }

    private boolean hasClusterRules() {
        return log.contains("access: the rules of the cluster count");
    }

    private boolean hasRulesOfFile() {
        try {
            return rules().version() == 1;
        } catch (final LockstepException ex) {
            // The node that seeded the shard raises its feature level right after that.
            return false;
        }
    }

    private AccessRulesState rules() {
        try (LockstepClient client = trusted()) {
            return client.access().list(TIMEOUT_NS).get(0);
        }
    }

    private ResultCode publish(final String topic) {
        try (LockstepClient client = LockstepClient.connect(config().credentials("ann", bytes("ann")));
                BlockingPublisher publisher = client.addBlockingPublisher(new PublisherConfig())) {
            publisher.publish(topic, "x");
            return ResultCode.ACCEPTED;
        } catch (final PublishException ex) {
            return ex.code();
        }
    }

    private int mqttPublish(final String topic) {
        try (MqttTestClient client = new MqttTestClient(GATEWAY_PORT, "c", null, "ann", "ann")) {
            client.publish(topic, 1, 1, false, "x");
            return client.read(MqttTestClient.PUBACK).reasonCode();
        } catch (final IOException ex) {
            throw new AssertionError(ex);
        }
    }

    private MqttTestClient connectWithWill(final String clientId) throws IOException {
        return new MqttTestClient(
                GATEWAY_PORT, clientId, new MqttTestClient.Will("a/x", "the will of " + clientId), "ann", "ann");
    }

    // As a gateway does it for ann.
    private void assertSubscribes(final List<Byte> expected, final String... filters) {
        final byte[] ann = new SessionPrincipal(SessionPrincipal.Proof.USER, new Principal("ann", "s")).encode();
        final List<SubscriptionChange> changes = Stream.of(filters)
                .map(filter -> new SubscriptionChange(true, filter, 0, 0))
                .toList();
        try (LockstepClient client = trusted()) {
            final Sessions sessions = client.sessions();
            sessions.join(TIMEOUT_NS, shardId -> log.add("lost in shard " + shardId));
            awaitAnswer(client, sessions::isMember);
            final Answer<SessionPiece> piece = new Answer<>();
            sessions.open(0, new SessionOpening(1, 0, 0, 0, true, "s", null), TIMEOUT_NS, piece);
            awaitAnswer(client, piece::isThere);
            final Answer<SubscriptionResults> changed = new Answer<>();
            sessions.change(0, piece.value.sessionId(), piece.value.epoch(), changes, ann, TIMEOUT_NS, changed);
            awaitAnswer(client, changed::isThere);
            final List<Byte> results = new ArrayList<>();
            for (final byte result : changed.value.results()) {
                results.add(result);
            }
            assertEquals(expected, results);
        }
    }

    private void awaitAnswer(final LockstepClient client, final BooleanSupplier condition) {
        Await.await(
                "the shard answers",
                30,
                () -> {
                    client.doWork();
                    return condition.getAsBoolean();
                },
                cluster::log);
    }

    private void awaitMessage(final String topic, final String payload) {
        try (LockstepClient client = trusted();
                BlockingSubscriber subscriber = client.addBlockingSubscriber(
                        new SubscriberConfig().filter(topic).start(StartPosition.start()))) {
            ReceivedMessage message;
            do {
                message = subscriber.take(TIMEOUT_NS);
                assertTrue(message != null, payload);
            } while (!message.payloadText().equals(payload));
        }
    }

    private LockstepClient trusted() {
        return LockstepClient.connect(config().clusterSecret(cluster.config().secret()));
    }

    private ClientConfig config() {
        return new ClientConfig().nodes(cluster.nodesText()).clientName("test");
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static final class Answer<T> implements AnswerListener<T> {
        private T value;

        private boolean isThere() {
            return value != null;
        }

        @Override
        public void onAnswer(final T answer) {
            value = answer;
        }

        @Override
        public void onTimeout() {
            throw new AssertionError("no answer came in time");
        }
    }
}
