package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.GatewayEndpoint;
import io.lockstep.gateway.GatewayConfig;
import io.lockstep.gateway.LockstepGateway;
import io.lockstep.gateway.session.GatewayLimits;
import io.lockstep.wire.MessageHeaders;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** The MQTT clients that everybody has, against two gateways and three nodes with two shards. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
@EnabledIf(
        value = "hasMosquittoClients",
        disabledReason = "mosquitto_pub and mosquitto_sub are not on the path: install mosquitto-clients")
class MqttGatewaySystemTest {
    private static final int BASE_PORT = 25_000;
    private static final int GATEWAY_PORT = 25_400;
    private static final String HOST = "localhost";

    // A client's connection that dies with a node, and a peer that is gone, are what a test causes.
    private static final String[] EXPECTED_ERRORS = ExpectedErrors.ofLostNodes();

    private static final List<String> LOG = new CopyOnWriteArrayList<>();
    private static final AtomicReference<Throwable> FAILURE = new AtomicReference<>();
    private static final List<LockstepGateway> GATEWAYS = new ArrayList<>();
    private static LocalCluster cluster;

    private final List<Process> processes = new ArrayList<>();

    @TempDir
    private Path dir;

    static boolean hasMosquittoClients() {
        return List.of(System.getenv().getOrDefault("PATH", "").split(":")).stream()
                .map(Path::of)
                .anyMatch(path -> Files.isExecutable(path.resolve("mosquitto_pub"))
                        && Files.isExecutable(path.resolve("mosquitto_sub")));
    }

    @BeforeAll
    static void start() {
        cluster = LocalCluster.on(BASE_PORT).shards(2).start();
        for (int id = 0; id < 2; id++) {
            final int port = GATEWAY_PORT + id * 2;
            GATEWAYS.add(LockstepGateway.start(
                    new GatewayConfig(
                            "test",
                            new GatewayEndpoint(id, HOST, port, port + 1),
                            cluster.config().nodes(),
                            GatewayLimits.DEFAULTS),
                    LOG::add,
                    FAILURE::set));
        }
        Await.await(
                "both gateways are healthy",
                60,
                () -> GATEWAYS.stream().allMatch(LockstepGateway::isHealthy),
                () -> LOG.toString());
    }

    @AfterAll
    static void stop() {
        try {
            GATEWAYS.forEach(LockstepGateway::close);
            assertNull(FAILURE.get(), LOG::toString);
            assertEquals(List.of(), cluster.unexpectedErrors(EXPECTED_ERRORS), cluster::log);
        } finally {
            cluster.close();
        }
    }

    @AfterEach
    void endProcesses() {
        processes.forEach(Process::destroyForcibly);
    }

    @Test
    void shouldDeliverWhenVersionsAndQosDiffer() throws Exception {
        // given
        final List<Path> outputs = new ArrayList<>();
        for (final String version : List.of("mqttv311", "mqttv5")) {
            for (final String qos : List.of("0", "1")) {
                outputs.add(subscribe(
                        outputs.size() % 2,
                        "-V",
                        version,
                        "-q",
                        qos,
                        "-t",
                        "versions/#",
                        "-t",
                        "versions/+/x",
                        "-C",
                        "8",
                        "-F",
                        "%t %p"));
            }
        }

        // when
        final List<String> expected = new ArrayList<>();
        for (final String version : List.of("mqttv311", "mqttv5")) {
            for (final String qos : List.of("0", "1")) {
                for (int gateway = 0; gateway < 2; gateway++) {
                    final String payload = version + qos + gateway;
                    publish(gateway, "-V", version, "-q", qos, "-t", "versions/a/x", "-m", payload);
                    expected.add("versions/a/x " + payload);
                }
            }
        }

        // then
        for (final Path output : outputs) {
            awaitLines(output, expected.size());
            final List<String> lines = new ArrayList<>(messages(output));
            // Without an answer a client may leave before its message went through the other gateway.
            lines.sort(String::compareTo);
            assertEquals(expected.stream().sorted().toList(), lines);
        }
    }

    @Test
    void shouldBeOneWorldWhenNativeAndMqttClientsMeet() throws Exception {
        final Path output = subscribe(1, "-V", "mqttv5", "-q", "1", "-t", "world/#", "-C", "2", "-F", "%t %p %P %C");
        final List<String> outcomes = new ArrayList<>();
        final List<String> received = new ArrayList<>();
        try (LockstepClient client = LockstepClient.connect(cluster.nodesText())) {
            final Subscriber subscriber = client.addSubscriber(
                    new SubscriberConfig().filter("world/mqtt").start(StartPosition.start()),
                    message -> received.add(message.payloadText() + " " + message.headers()));
            final Publisher publisher = client.addPublisher(new PublisherConfig(), new Outcomes(outcomes));

            publish(
                    0,
                    "-V",
                    "mqttv5",
                    "-q",
                    "1",
                    "-t",
                    "world/mqtt",
                    "-m",
                    "21.5",
                    "-D",
                    "publish",
                    "user-property",
                    "unit",
                    "C",
                    "-D",
                    "publish",
                    "content-type",
                    "text/plain");
            Await.await("the native client has the message", () -> {
                subscriber.poll(10);
                return !received.isEmpty();
            });
            final byte[] headers = MessageHeaders.encode(Map.of("unit", "K"));
            Await.await(
                    "the native client's message is taken",
                    () -> publisher.offer(
                                            "world/native",
                                            new UnsafeBuffer(headers),
                                            0,
                                            headers.length,
                                            new UnsafeBuffer("294".getBytes(StandardCharsets.UTF_8)),
                                            0,
                                            3)
                                    > 0
                            || client.doWork() < 0);
            assertTrue(publisher.drain(TimeUnit.SECONDS.toNanos(60)));
        }
        awaitLines(output, 2);

        assertEquals(List.of("accepted"), outcomes);
        assertEquals(List.of("21.5 {$contentType=text/plain, unit=C}"), received);
        assertEquals(List.of("world/mqtt 21.5 unit:C text/plain", "world/native 294 unit:K"), messages(output));
    }

    @Test
    void shouldCarryOneMebibyteWhenPayloadIsGreatest() throws Exception {
        final Path payload = dir.resolve("payload");
        final byte[] bytes = new byte[1 << 20];
        new Random(1).nextBytes(bytes);
        Files.write(payload, bytes);
        final Path output = subscribe(0, "-V", "mqttv5", "-q", "1", "-t", "large", "-C", "1", "-F", "%x");

        publish(1, "-V", "mqttv5", "-q", "1", "-t", "large", "-f", payload.toString());

        // The line is written in parts.
        final String expected = HexFormat.of().formatHex(bytes);
        Await.await("the payload came as it was sent", () -> messages(output).contains(expected));
    }

    @Test
    void shouldTellTheClientWhenSomethingIsRefused() throws Exception {
        final String topic = refusal("mosquitto_pub", "-V", "mqttv5", "-q", "1", "-t", "$SYS/x", "-m", "x");
        assertEquals("Warning: Publish 1 failed: Topic Name invalid.\nthis topic cannot be published to", topic);
        final String will = refusal(
                "mosquitto_pub", "-V", "mqttv5", "--will-topic", "$SYS/w", "--will-payload", "x", "-t", "x", "-m", "x");
        assertTrue(will.contains("Topic Name invalid"), will);
        final String deep = refusal("mosquitto_sub", "-V", "mqttv5", "-t", "x/".repeat(200));
        assertEquals("All subscription requests were denied.", deep);
    }

    @Test
    void shouldDeliverExactlyOnceWhenQosIs2() throws Exception {
        final Path output = subscribe(0, "-V", "mqttv5", "-q", "2", "-t", "once/#", "-F", "%q %p");
        final List<String> expected = new ArrayList<>();
        for (final String version : List.of("mqttv311", "mqttv5")) {
            for (int gateway = 0; gateway < 2; gateway++) {
                publish(gateway, "-V", version, "-q", "2", "-t", "once/a", "-m", version + gateway);
                expected.add("2 " + version + gateway);
            }
        }

        awaitLines(output, expected.size());
        assertEquals(expected, messages(output));
    }

    @Test
    void shouldBringEachMessageToOneClientWhenTheyShare() throws Exception {
        final List<Path> outputs = List.of(
                subscribe(0, "-V", "mqttv5", "-q", "1", "-t", "$share/g/shared/#", "-F", "%p"),
                subscribe(1, "-V", "mqttv311", "-q", "1", "-t", "$share/g/shared/#", "-F", "%p"));
        final int count = 40;
        final Process publisher = start(
                dir.resolve("publisher"),
                command("mosquitto_pub", 0, "-V", "mqttv5", "-q", "1", "-t", "shared/a", "-l"));
        try (BufferedWriter input = publisher.outputWriter(StandardCharsets.UTF_8)) {
            for (int i = 0; i < count; i++) {
                input.write(i + "\n");
            }
        }

        Await.await(
                "all messages came",
                60,
                () -> outputs.stream()
                                .mapToInt(output -> messages(output).size())
                                .sum()
                        >= count,
                () -> LOG.toString());
        final List<Integer> received = outputs.stream()
                .flatMap(output -> messages(output).stream())
                .map(Integer::valueOf)
                .sorted()
                .toList();
        assertEquals(IntStream.range(0, count).boxed().toList(), received);
        for (final Path output : outputs) {
            assertTrue(messages(output).size() >= count / 4, () -> "one client got only " + messages(output));
        }
    }

    @Test
    void shouldKeepWhatIsPublishedForAClientThatIsAway() throws Exception {
        for (final String version : List.of("mqttv311", "mqttv5")) {
            final List<String> session = new ArrayList<>(List.of("-V", version, "-c", "-i", "away-" + version));
            if (version.equals("mqttv5")) {
                session.addAll(List.of("-x", "600"));
            }
            final List<String> first = new ArrayList<>(session);
            first.addAll(List.of("-q", "1", "-t", "away/#", "-E"));
            final Path subscribed = dir.resolve("subscribed-" + version);
            final Process subscriber = start(subscribed, command("mosquitto_sub", 0, first.toArray(String[]::new)));
            assertTrue(subscriber.waitFor(60, TimeUnit.SECONDS), "mosquitto_sub did not end");
            assertEquals(0, subscriber.exitValue(), () -> text(subscribed) + LOG);

            final List<String> expected = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                publish(i % 2, "-q", "1", "-t", "away/" + i, "-m", Integer.toString(i));
                expected.add(Integer.toString(i));
            }

            final List<String> again = new ArrayList<>(session);
            again.addAll(List.of("-q", "1", "-t", "away/#", "-C", "5", "-F", "%p"));
            final Path output = subscribe(1, again.toArray(String[]::new));
            awaitLines(output, expected.size());
            // The shards have no order between them.
            assertEquals(expected, messages(output).stream().sorted().toList());
        }
    }

    @Test
    void shouldTellTheRetainedMessageAndTheWill() throws Exception {
        publish(0, "-q", "1", "-r", "-t", "retained/a", "-m", "old");
        publish(1, "-q", "1", "-r", "-t", "retained/a", "-m", "new");
        publish(0, "-q", "1", "-r", "-t", "retained/b", "-m", "gone");
        publish(1, "-q", "1", "-r", "-t", "retained/b", "-n");

        final Path output = subscribe(1, "-V", "mqttv5", "-q", "1", "-t", "retained/#", "-F", "%r %t %p");
        awaitLines(output, 1);
        final Process dying = start(
                dir.resolve("dying"),
                command(
                        "mosquitto_sub",
                        0,
                        "-V",
                        "mqttv5",
                        "-t",
                        "nothing",
                        "-d",
                        "--will-topic",
                        "retained/will",
                        "--will-payload",
                        "dead",
                        "--will-qos",
                        "1"));
        Await.await(
                "the client with a will subscribed",
                () -> text(dir.resolve("dying")).contains("Subscribed"));
        dying.destroyForcibly();

        awaitLines(output, 2);
        assertEquals(List.of("1 retained/a new", "0 retained/will dead"), messages(output));
    }

    @Test
    void shouldLoseAndRepeatNothingWhenTheLeaderLeaves() throws Exception {
        // given
        final int count = 3_000;
        final Path output = subscribe(1, "-V", "mqttv5", "-q", "1", "-t", "leader/+", "-F", "%p");
        final Process publisher = start(
                dir.resolve("publisher"),
                command("mosquitto_pub", 0, "-V", "mqttv5", "-q", "1", "-t", "leader/a", "-l"));
        final BufferedWriter input = publisher.outputWriter(StandardCharsets.UTF_8);
        for (int i = 0; i < count / 2; i++) {
            input.write(i + "\n");
        }
        input.flush();
        awaitLines(output, count / 10);

        // when
        final int leader;
        try (LockstepClient client = LockstepClient.connect(cluster.nodesText())) {
            leader = cluster.awaitLeader(client.shardOf("leader/a"));
        }
        cluster.stopNode(leader);
        for (int i = count / 2; i < count; i++) {
            input.write(i + "\n");
        }
        input.close();

        // then
        awaitLines(output, count);
        assertTrue(publisher.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, publisher.exitValue(), () -> text(dir.resolve("publisher")));
        cluster.startNode(leader);
        assertEquals(IntStream.range(0, count).mapToObj(Integer::toString).toList(), messages(output));
        Await.await("both gateways are healthy again", () -> GATEWAYS.stream().allMatch(LockstepGateway::isHealthy));
    }

    /** Starts a subscriber that writes its messages to a file, and waits until its subscription is answered. */
    private Path subscribe(final int gateway, final String... arguments) throws IOException {
        final Path output = dir.resolve("sub-" + processes.size());
        final List<String> command = command("mosquitto_sub", gateway, arguments);
        // The debug lines say when the subscription is answered; they go to the same file and are taken out again.
        command.add("-d");
        start(output, command);
        Await.await(
                "the subscription is answered",
                60,
                () -> text(output).contains("Subscribed"),
                () -> text(output) + LOG);
        return output;
    }

    private void publish(final int gateway, final String... arguments) throws Exception {
        final Path output = dir.resolve("pub-" + processes.size());
        final Process process = start(output, command("mosquitto_pub", gateway, arguments));
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "mosquitto_pub did not end");
        assertEquals(0, process.exitValue(), () -> text(output) + LOG);
        assertEquals("", text(output), LOG::toString);
    }

    private String refusal(final String program, final String... arguments) throws Exception {
        final Path output = dir.resolve("refused-" + processes.size());
        final Process process = start(output, command(program, 0, arguments));
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), program + " did not end");
        return text(output).strip();
    }

    private static List<String> command(final String program, final int gateway, final String... arguments) {
        // Without this a line reaches the file only when a block is full.
        final List<String> command =
                new ArrayList<>(List.of("stdbuf", "-oL", program, "-h", HOST, "-p", port(gateway)));
        command.addAll(List.of(arguments));
        return command;
    }

    private Process start(final Path output, final List<String> command) throws IOException {
        final Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        processes.add(process);
        return process;
    }

    private static String port(final int gateway) {
        return Integer.toString(GATEWAY_PORT + gateway * 2);
    }

    private void awaitLines(final Path output, final int count) {
        Await.await(
                count + " messages in " + output.getFileName(),
                90,
                () -> messages(output).size() >= count,
                () -> {
                    final List<String> lines = messages(output);
                    return "there are " + lines.size() + ", the last is " + lines.get(Math.max(0, lines.size() - 1))
                            + " " + LOG;
                });
    }

    /** The lines of a subscriber without those that its debug option adds. */
    private static List<String> messages(final Path output) {
        return text(output)
                .lines()
                .filter(line -> !line.startsWith("Client ") && !line.startsWith("Subscribed "))
                .map(String::strip)
                .toList();
    }

    private static String text(final Path file) {
        try {
            return Files.readString(file);
        } catch (final IOException ex) {
            return ex.toString();
        }
    }

    private record Outcomes(List<String> lines) implements PublishListener {
        @Override
        public void onAccepted(final long messageId, final int shardId, final long position) {
            lines.add("accepted");
        }

        @Override
        public void onRefused(final long messageId, final ResultCode code, final long detail) {
            lines.add("refused " + code);
        }

        @Override
        public void onUnknown(final long messageId, final String reason) {
            lines.add("unknown " + reason);
        }
    }
}
