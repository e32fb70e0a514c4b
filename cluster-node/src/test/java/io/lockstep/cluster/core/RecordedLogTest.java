package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lockstep.codecs.PublishReplyDecoder;
import io.lockstep.wire.RollingHash;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/**
 * Replays logs that were recorded once. An upgrade replays real logs in the same way, so the journal that comes out is
 * for ever: where this test fails, the meaning of a command has changed in place, and that is wrong.
 * {@code -Dlockstep.golden.write=DIRECTORY} records a new log; existing ones are never rewritten.
 */
class RecordedLogTest {
    private static final String[] RECORDINGS = {"log-1"};
    private static final int RECORDED_ENTRIES = 1_500;
    private static final long RECORDED_SEED = 4;

    @Test
    void shouldMakeTheSameHistoryOfRecordedLogs() throws IOException {
        for (final String name : RECORDINGS) {
            final String expected;
            final SimulatedLog log;
            try (InputStream text = RecordedLogTest.class.getResourceAsStream("/recorded/" + name + ".txt");
                    InputStream bytes = RecordedLogTest.class.getResourceAsStream("/recorded/" + name + ".gz")) {
                expected = new String(text.readAllBytes(), StandardCharsets.UTF_8);
                log = SimulatedLog.read(new DataInputStream(new GZIPInputStream(bytes)));
            }

            assertEquals(expected, replay(log), name);
        }
    }

    @Test
    void shouldRecordANewLogWhenAskedTo() throws IOException {
        final Random random = new Random(RECORDED_SEED);
        final SimulatedLog log = new SimulatedLog(random);
        final SimulatedClients clients = new SimulatedClients(random);
        final SimulatedHistory history = new SimulatedHistory();
        final SimulatedReplica replica = new SimulatedReplica(log, history);
        for (int i = 0; i < RECORDED_ENTRIES; i++) {
            log.append(replica.isTimerDue(log.nowNs()) ? null : clients.nextCommand(log));
            replica.replay();
            clients.onReplies(history.repliesTo(i));
        }

        final String summary = replay(log);

        assertEquals(summary, replay(log), "a replay of the same log");
        final String directory = System.getProperty("lockstep.golden.write", "");
        if (!directory.isEmpty()) {
            Files.writeString(Path.of(directory, "new.txt"), summary, StandardCharsets.UTF_8);
            try (DataOutputStream output =
                    new DataOutputStream(new GZIPOutputStream(Files.newOutputStream(Path.of(directory, "new.gz"))))) {
                log.write(output);
            }
        }
    }

    private static String replay(final SimulatedLog log) {
        final FakeOutbox outbox = new FakeOutbox();
        final Engine engine = new Engine(outbox);
        for (int i = 0; i < log.length(); i++) {
            log.apply(i, engine);
        }
        long publishReplies = RollingHash.SEED;
        for (final FakeOutbox.Reply reply : outbox.replies) {
            final UnsafeBuffer buffer = new UnsafeBuffer(reply.bytes());
            // Descriptions of the shard grow with every new setting; the answers to producers must not change.
            if (WireShape.templateId(buffer, 0) == PublishReplyDecoder.TEMPLATE_ID) {
                publishReplies = RollingHash.update(publishReplies, buffer, 0, buffer.capacity());
            }
        }
        return """
                entries %d
                journal position %d
                records %d
                messages %d
                topics %d
                producers %d
                rolling hash %016x
                hash of publish replies %016x
                """.formatted(
                        log.length(),
                        engine.journalPosition(),
                        engine.shardSequence(),
                        engine.messageCount(),
                        engine.topicCount(),
                        engine.producerCount(),
                        engine.rollingHash(),
                        publishReplies);
    }
}
