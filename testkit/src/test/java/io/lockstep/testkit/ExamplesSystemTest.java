package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every program of docs/examples compiles, runs against three nodes and says what it should. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ExamplesSystemTest {
    private static final int BASE_PORT = 29_300;
    // Proved by a test of its own, which kills it.
    private static final String EXACTLY_ONCE = "ExactlyOnce";

    @TempDir
    private static Path folder;

    private static LocalCluster cluster;
    private static ExamplePrograms programs;

    private record Example(String name, String lastLine) {
        @Override
        public String toString() {
            return name;
        }
    }

    @BeforeAll
    static void startCluster() throws IOException {
        programs = ExamplePrograms.compile(folder);
        cluster = LocalCluster.on(BASE_PORT).start();
    }

    @AfterAll
    static void stopCluster() {
        if (cluster != null) {
            cluster.close();
        }
    }

    // One line for each directory of docs/examples: the program, and the last line that it prints.
    static List<Example> examples() {
        return List.of(
                new Example("PublishSubscribe", "received 10 messages"),
                new Example("ConditionalPublish", "the second writer looked again and set 25"),
                new Example("RequestReply", "the reply: 17"),
                new Example("DurableConsumer", "order 10"),
                new Example("WorkQueue", "done: 10 jobs"),
                new Example("LastValues", "then: 12"),
                new Example("DelayedMessages", "second: later"),
                new Example("PublisherLease", "the token rose: true"),
                new Example("RateLimit", "accepted all: true, had to wait: true"),
                new Example("Partitions", "each key kept its order in one partition: true"),
                new Example("AgentMode", "published, accepted, received: 1000, 1000, 1000"));
    }

    @ParameterizedTest
    @MethodSource("examples")
    void shouldSayWhatItShouldWhenItRuns(final Example example) throws IOException {
        // given
        try (MainProcess process = programs.start(example.name(), example.name(), cluster.nodesText())) {
            // when
            final MainProcess.Result result = process.await();

            // then
            assertEquals(List.of(), result.sentences());
            assertEquals(0, result.status());
            final List<String> lines = result.out().lines().toList();
            assertEquals(example.lastLine(), lines.get(lines.size() - 1));
        }
    }

    @Test
    void shouldRunEveryProgramWhenThereIsOne() throws IOException {
        final Set<String> known = new TreeSet<>();
        Stream.concat(examples().stream().map(Example::name), Stream.of(EXACTLY_ONCE))
                .forEach(known::add);
        assertEquals(known, new TreeSet<>(ExamplePrograms.names()), "add a line for each example");
    }
}
