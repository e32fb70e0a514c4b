package io.lockstep.gateway.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.access.LoginResult;
import io.lockstep.access.PasswordChecks;
import io.lockstep.access.PasswordHash;
import io.lockstep.access.UserTable;
import io.lockstep.access.rules.AccessRules;
import io.lockstep.gateway.LeakCheck;
import io.lockstep.gateway.bridge.FakeCluster;
import io.lockstep.gateway.session.GatewayLimits;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageBuilders.ConnectBuilder;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(LeakCheck.class)
class MqttAccessTest {
    private static final int MOST_WAITING = 2;

    private final Queue<Runnable> comparisons = new ArrayDeque<>();
    private final UserTable users = UserTable.EMPTY.with("ann", hash("secret")).with("bob", hash("other"));
    private int comparisonCount;
    private long nowNs;
    private AccessPolicy policy = policy(users, AccessRules.ALLOW_ALL, false, false);
    private TestBroker broker;

    @AfterEach
    void close() {
        if (broker != null) {
            broker.close();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ann, secret, 5, 0x00", "ann, wrong, 5, 0x86", "eve, secret, 5, 0x86", "ann, , 5, 0x86", ", , 5, 0x87",
        "ann, secret, 4, 0x00", "ann, wrong, 4, 0x04", "eve, secret, 4, 0x04", "ann, , 4, 0x04", ", , 4, 0x05"
    })
    void shouldAnswerAsTheVersionHasItWhenAClientLogsIn(
            final String user, final String password, final int level, final String code) {
        start();

        final TestClient client = broker.client();
        logIn(client, level == 5 ? MqttVersion.MQTT_5 : MqttVersion.MQTT_3_1_1, "c", named(user, password));

        final MqttConnAckMessage answer = (MqttConnAckMessage) client.receive();
        assertEquals(
                Integer.decode(code),
                answer.variableHeader().connectReturnCode().byteValue() & 0xFF);
        assertEquals(code.equals("0x00"), client.server().isOpen());
    }

    @Test
    void shouldRefuseWhenThereIsAPasswordWithoutAName() {
        start();
        final TestClient client = broker.client();

        client.sendHex("10 19 00 04 4d 51 54 54 05 42 00 1e 00 00 04 63 63 63 63 00 06 73 65 63 72 65 74");

        assertEquals("0086", client.receivedHex().substring(4, 8));
        assertEquals(0, comparisonCount);
    }

    @Test
    void shouldNotCompareOnTheEventLoopWhenAPasswordComes() {
        start();
        final TestClient client = broker.client();

        client.send(connect(MqttVersion.MQTT_5, "c", named("ann", "secret")).build());

        assertNull(client.receive());
        assertEquals(0, broker.counters().sessionsOpened().sum());
        assertEquals(1, comparisons.size());
        settle();
        assertAccepted(client);
    }

    @Test
    void shouldCompareOneHashWhenTheUserIsNotKnown() {
        start();

        logIn(broker.client(), MqttVersion.MQTT_5, "c", named("eve", "secret"));

        assertEquals(1, comparisonCount);
    }

    @Test
    void shouldRefuseAsBusyWhenTooManyWait() {
        start();
        for (int i = 0; i < MOST_WAITING; i++) {
            broker.client()
                    .send(connect(MqttVersion.MQTT_5, "w" + i, named("ann", "secret"))
                            .build());
        }

        final TestClient newer = broker.client();
        newer.send(connect(MqttVersion.MQTT_5, "n", named("ann", "secret")).build());
        final TestClient older = broker.client();
        older.send(connect(MqttVersion.MQTT_3_1_1, "o", named("ann", "secret")).build());

        assertRefused(newer, MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_BUSY);
        assertRefused(older, MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE);
    }

    @Test
    void shouldNotCompareAgainWhenTheSameUserComesBackSoon() {
        start();
        accepted("c", "ann", "secret");

        accepted("d", "ann", "secret");
        assertEquals(1, comparisonCount);
        logIn(broker.client(), MqttVersion.MQTT_5, "e", named("ann", "wrong"));
        assertEquals(2, comparisonCount);
        nowNs += TimeUnit.MINUTES.toNanos(1);
        accepted("f", "ann", "secret");
        assertEquals(3, comparisonCount);
    }

    @Test
    void shouldNotTakeTheOldPasswordWhenItWasChanged() {
        start();
        accepted("c", "ann", "secret");

        policy.users(users.with("ann", hash("new")));

        final TestClient client = broker.client();
        logIn(client, MqttVersion.MQTT_5, "d", named("ann", "secret"));
        assertRefused(client, MqttConnectReturnCode.CONNECTION_REFUSED_BAD_USERNAME_OR_PASSWORD);
    }

    @Test
    void shouldIgnoreTheNameWhenNobodyCanProveOne() {
        policy = policy(null, rules("allow user ann all #"), true, false);
        start();
        final TestClient client = accepted("c", "ann", "secret");

        assertEquals(List.of(0x87), client.subscribe("a", 0));
    }

    @Test
    void shouldEndTheConnectionsWhenTheirUserIsRemoved() {
        start();
        final TestClient ann = accepted("c", "ann", "secret");
        final TestClient bob = accepted("d", "bob", "other");

        policy.users(users.without("ann"));
        accessChanged(ann);
        accessChanged(bob);

        ann.expectDisconnect(0x87);
        assertTrue(bob.server().isOpen());
    }

    @Test
    void shouldRefuseWhenTheUserIsRemovedWhileItLogsIn() {
        start();
        final TestClient client = broker.client();
        client.send(connect(MqttVersion.MQTT_5, "c", named("ann", "secret")).build());

        policy.users(users.without("ann"));
        accessChanged(client);
        settle();

        assertRefused(client, MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED_5);
    }

    @Test
    void shouldRefuseThePublishWhenNoRuleAllowsIt() {
        policy = policy(
                users, rules("allow user ann publish ok", "allow * subscribe #", "allow * read #"), false, false);
        start();
        final TestClient ann = accepted("c", "ann", "secret");
        final TestClient bob = accepted("d", "bob", "other");
        bob.subscribe("#", 1);

        ann.publish("no", 0, 0, "x").publish("no", 1, 7, "x").publish("ok", 1, 8, "y");

        ann.expectPubAck(7, 0x87);
        ann.expectPubAck(8, 0);
        assertTrue(ann.server().isOpen());
        bob.expectPublish("ok", 1, "y");
        bob.expectNothing();
        assertEquals(2, broker.counters().messagesDenied().sum());
    }

    @Test
    void shouldCloseWhenAnOlderClientMayNotPublish() {
        policy = policy(users, rules("allow * publish ok"), false, false);
        start();
        final TestClient ann = broker.client();
        logIn(ann, MqttVersion.MQTT_3_1_1, "c", named("ann", "secret"));
        assertAccepted(ann);

        ann.publish("no", 0, 0, "x");
        assertTrue(ann.server().isOpen(), "QoS 0 is left out");
        ann.publish("no", 1, 7, "x");

        ann.expectClosed();
        assertEquals(List.of(), broker.link().offeredTopics());
    }

    @Test
    void shouldRefuseTheFilterWhenNoRuleAllowsIt() {
        policy = policy(users, rules("allow * subscribe a/#"), false, false);
        start();
        final TestClient ann = accepted("c", "ann", "secret");
        final TestClient older = broker.client();
        logIn(older, MqttVersion.MQTT_3_1_1, "d", named("bob", "other"));
        assertAccepted(older);

        assertEquals(List.of(0x87), ann.subscribe("#", 0));
        assertEquals(List.of(0), ann.subscribe("a/+", 0));
        assertEquals(List.of(0x80), older.subscribe("#", 0));
    }

    @Test
    void shouldAskTheRulesAgainForRetainedMessagesAndForThoseThatWaited() {
        start();
        final TestClient bob = accepted("d", "bob", "other");
        bob.send(retained("open", "1")).send(retained("secret", "2"));
        final TestClient ann = broker.client();
        logIn(ann, MqttVersion.MQTT_5, "c", named("ann", "secret").andThen(MqttAccessTest::toStay));
        assertAccepted(ann);
        ann.subscribe("later/#", 1);
        broker.drop(ann);
        bob.publish("later/open", 1, 1, "3").publish("later/secret", 1, 2, "4");

        policy.rules(rules("deny user ann read secret", "deny user ann read later/secret", "allow * all #"));
        final TestClient again = broker.client();
        logIn(again, MqttVersion.MQTT_5, "c", named("ann", "secret").andThen(MqttAccessTest::toStay));
        assertTrue(((MqttConnAckMessage) again.receive()).variableHeader().isSessionPresent());
        final MqttPublishMessage waited = (MqttPublishMessage) again.receive();
        assertEquals("later/open", waited.variableHeader().topicName());
        waited.release();
        again.expectNothing();
        again.send(MqttMessageBuilders.subscribe()
                .messageId(5)
                .addSubscription(MqttQoS.AT_MOST_ONCE, "+")
                .build());

        assertEquals(MqttMessageType.SUBACK, again.receive().fixedHeader().messageType());
        final MqttPublishMessage kept = (MqttPublishMessage) again.receive();
        assertEquals("open", kept.variableHeader().topicName());
        kept.release();
        again.expectNothing();
    }

    @Test
    void shouldTellOfTheFiltersThatTheRulesOfAShardRefuse() {
        start();
        policy.clusterRules(rules("allow * all #"));
        broker.link().cluster().rulesOfShard1(rules("deny user ann subscribe b/#", "allow * subscribe #"));
        final TestClient ann = accepted("c", "ann", "secret");
        final TestClient bob = accepted("d", "bob", "other");

        assertEquals(List.of(0x87), ann.subscribe("b/+", 1));
        assertEquals(List.of(0x87), ann.subscribe("$share/g/b/1", 1));
        assertEquals(List.of(1), ann.subscribe("a", 1));
        assertEquals(List.of(1), bob.subscribe("b/+", 1));

        for (int shardId = 0; shardId < FakeCluster.SHARDS; shardId++) {
            assertEquals(List.of("a"), broker.link().cluster().filters(shardId, "c"), "what a shard took is undone");
        }
        bob.publish("b/1", 0, 0, "x");
        bob.expectPublish("b/1", 0, "x");
        ann.expectNothing();
    }

    @Test
    void shouldEndASubscriptionWhereOneShardRefusesWhatTakesItsPlace() {
        start();
        final TestClient ann = accepted("c", "ann", "secret");
        ann.subscribe("b", 0);
        // Before the gateway knows that there are rules.
        broker.link().cluster().rulesOfShard1(rules("deny user ann subscribe b", "allow * subscribe #"));

        assertEquals(List.of(0x87), ann.subscribe("b", 1));

        for (int shardId = 0; shardId < FakeCluster.SHARDS; shardId++) {
            assertEquals(List.of(), broker.link().cluster().filters(shardId, "c"));
        }
        for (int i = 0; i < GatewayLimits.DEFAULTS.maxSubscriptions(); i++) {
            assertEquals(List.of(0x87), ann.subscribe("b", 1));
            broker.advance(1);
        }
        assertEquals(List.of(1), ann.subscribe("c", 1), "what was refused takes no room");
    }

    @Test
    void shouldDeliverOnlyWhatMayBeReadWhenAllIsSubscribedTo() {
        policy = policy(
                users, rules("allow * publish #", "allow * subscribe #", "allow * read home/%u/#"), false, false);
        start();
        final TestClient ann = accepted("c", "ann", "secret");
        final TestClient bob = accepted("d", "bob", "other");
        ann.subscribe("#", 0);

        bob.publish("home/bob/x", 0, 0, "1").publish("home/ann/x", 0, 0, "2");

        ann.expectPublish("home/ann/x", 0, "2");
        ann.expectNothing();
    }

    @Test
    void shouldCountAtOnceWhenTheRulesChange() {
        start();
        final TestClient ann = accepted("c", "ann", "secret");
        ann.subscribe("a", 0);
        ann.publish("a", 0, 0, "before");
        ann.expectPublish("a", 0, "before");

        policy.rules(rules("allow * publish #"));
        ann.publish("a", 0, 0, "after");
        ann.expectNothing();
        assertEquals(List.of(0x87), ann.subscribe("a", 0));
        policy.rules(rules("allow * read #"));
        ann.publish("a", 1, 9, "never");

        ann.expectPubAck(9, 0x87);
        assertTrue(ann.server().isOpen());
    }

    @Test
    void shouldTakeTheNameOfTheCertificateWhenItIsTheUser() {
        policy = policy(null, AccessRules.ALLOW_ALL, false, true);

        policy.logIn(
                new Credentials("other", null, "device-7"),
                (result, user, needsRecord) -> assertEquals("ACCEPTED device-7", result + " " + user));
        policy.logIn(
                new Credentials("other", null, "de vice"),
                (result, user, needsRecord) -> assertEquals(LoginResult.NOT_ALLOWED, result));
        assertEquals("device-7", ClientCredentials.commonNameOf("CN=device-7,OU=plant,O=x"));
        assertEquals("a,CN=b", ClientCredentials.commonNameOf("CN=a\\,CN\\=b,O=x"));
        assertNull(ClientCredentials.commonNameOf("O=x"));
    }

    @Test
    void shouldLogOneLineWhenManyAreRefused() {
        policy = policy(users, rules(), false, false);
        start();
        final TestClient ann = accepted("c", "ann", "secret");
        final int lines = broker.log().size();

        ann.publish("a", 0, 0, "x").publish("a", 0, 0, "x").publish("a", 0, 0, "x");

        final List<String> refusals = broker.log().subList(lines, broker.log().size());
        assertEquals(List.of("refused: user 'ann', client 'c': publish to a"), refusals);
        assertEquals("a?b", AccessLog.printable("a\nb"));
    }

    private void start() {
        broker = new TestBroker(policy);
    }

    private AccessPolicy policy(
            final UserTable table, final AccessRules rules, final boolean isAnonymous, final boolean isCertificate) {
        return new AccessPolicy(
                table,
                rules,
                isAnonymous,
                isCertificate,
                new PasswordChecks(
                        task -> {
                            if (comparisons.size() == MOST_WAITING) {
                                throw new RejectedExecutionException("full");
                            }
                            comparisons.add(task);
                        },
                        () -> nowNs));
    }

    private void settle() {
        for (Runnable task = comparisons.poll(); task != null; task = comparisons.poll()) {
            comparisonCount++;
            task.run();
        }
        broker.work();
    }

    private void accessChanged(final TestClient client) {
        client.server().pipeline().fireUserEventTriggered(MqttConnectionHandler.ACCESS_CHANGED);
        broker.work();
    }

    private TestClient accepted(final String clientId, final String user, final String password) {
        final TestClient client = broker.client();
        logIn(client, MqttVersion.MQTT_5, clientId, named(user, password));
        assertAccepted(client);
        return client;
    }

    private void logIn(
            final TestClient client,
            final MqttVersion version,
            final String clientId,
            final Consumer<ConnectBuilder> name) {
        client.send(connect(version, clientId, name).build());
        settle();
    }

    private static ConnectBuilder connect(
            final MqttVersion version, final String clientId, final Consumer<ConnectBuilder> name) {
        final ConnectBuilder builder = MqttMessageBuilders.connect()
                .protocolVersion(version)
                .clientId(clientId)
                .cleanSession(true)
                .keepAlive(30)
                .properties(MqttProperties.NO_PROPERTIES);
        name.accept(builder);
        return builder;
    }

    private static Consumer<ConnectBuilder> named(final String user, final String password) {
        return builder -> {
            if (user != null) {
                builder.username(user);
            }
            if (password != null) {
                builder.password(password.getBytes(StandardCharsets.UTF_8));
            }
        };
    }

    private static void toStay(final ConnectBuilder builder) {
        final MqttProperties properties = new MqttProperties();
        properties.add(new MqttProperties.IntegerProperty(MqttProperties.SESSION_EXPIRY_INTERVAL, 100));
        builder.cleanSession(false).properties(properties);
    }

    private static MqttPublishMessage retained(final String topic, final String payload) {
        return MqttMessageBuilders.publish()
                .topicName(topic)
                .qos(MqttQoS.AT_MOST_ONCE)
                .retained(true)
                .payload(Unpooled.copiedBuffer(payload, StandardCharsets.UTF_8))
                .build();
    }

    private static void assertAccepted(final TestClient client) {
        assertEquals(
                MqttConnectReturnCode.CONNECTION_ACCEPTED,
                ((MqttConnAckMessage) client.receive()).variableHeader().connectReturnCode());
    }

    private static void assertRefused(final TestClient client, final MqttConnectReturnCode code) {
        assertEquals(
                code, ((MqttConnAckMessage) client.receive()).variableHeader().connectReturnCode());
        client.expectClosed();
    }

    private static AccessRules rules(final String... lines) {
        return AccessRules.parse("rules.txt", List.of(lines));
    }

    private static PasswordHash hash(final String password) {
        return PasswordHash.of(password.getBytes(StandardCharsets.UTF_8), 1_000);
    }
}
