package io.lockstep.gateway.aeron;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.codecs.GatewayRefusal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What native clients read through the gateway. */
class FrontReadsTest {
    private final FrontSessionsRig rig = new FrontSessionsRig();
    private final FakeUpstream upstream = rig.upstream();
    private final FakeAccess access = rig.access();
    private final FrontCounters counters = rig.counters();
    private final FrontSessions sessions = rig.sessions();

    @Test
    void shouldSendWhatMatchesAndMayBeSeenWhenAClientReads() {
        // given
        access.rules("allow * subscribe a/#", "deny * read a/hidden", "allow * read a/#");
        final FakeClient client = rig.connect();
        upstream.append(1, "a/1", "one");
        upstream.append(2, "b/1", "two");
        upstream.append(3, "a/hidden", "three");
        upstream.append(1, "a/1", "four");
        final long end = upstream.append(65, "b/2", "five");

        // when
        client.send(TestMessages.openRead(5, 0, 1_000, "a/#"));
        rig.work();
        rig.work();
        rig.passTime(TimeUnit.SECONDS.toNanos(1));
        rig.work();

        // then
        assertEquals(List.of("1024 one", "4096 four"), TestMessages.records(client));
        assertEquals(end, TestMessages.lastProgress(client));
    }

    @Test
    void shouldRefuseAReadWhenTheRulesDoNotAllowIt() {
        // given
        access.rules("allow * subscribe a/#");
        final FakeClient client = rig.connect();

        // when
        client.send(TestMessages.openRead(5, 0, 1_000, "a/#", "b"));
        rig.work();

        // then
        assertEquals(List.of(GatewayRefusal.NOT_ALLOWED), TestMessages.readRefusals(client));
        assertEquals(0, upstream.openReaders());
    }

    @Test
    void shouldWaitForCreditAndGoOnWithoutAGapWhenAClientIsSlow() {
        // given
        final FakeClient client = rig.connect();
        final FakeClient other = rig.connect();
        for (int i = 0; i < 100; i++) {
            upstream.append(1, "a", "message " + i);
        }

        // when
        client.send(TestMessages.openRead(5, 0, 500, "a"));
        other.send(TestMessages.openRead(5, 0, 1_000_000, "a"));
        rig.work();
        final List<String> got = TestMessages.records(client);
        final int firstCount = got.size();
        rig.work();
        assertEquals(List.of(), TestMessages.records(client), "without credit");
        long consumed = 0;
        while (got.size() < 100) {
            consumed += 150;
            client.send(TestMessages.readCredit(5, consumed));
            rig.work();
            got.addAll(TestMessages.records(client));
        }

        // then
        assertTrue(firstCount > 0 && firstCount < 10, "got " + firstCount);
        for (int i = 0; i < 100; i++) {
            assertEquals((i + 1) * 1_024 + " message " + i, got.get(i));
        }
        assertEquals(100, TestMessages.records(other).size());
    }

    @Test
    void shouldDeliverEverythingWhenTheStreamIsHeldUpNowAndThen() {
        // given
        final FakeClient client = rig.connect();
        client.send(TestMessages.openRead(5, 0, 1_000_000, "a"));
        rig.work();

        // when
        final List<String> got = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            upstream.append(1, "a", "x".repeat(i * 100));
            client.isBlocked(i % 3 != 0);
            rig.work();
            got.addAll(TestMessages.records(client));
        }
        client.isBlocked(false);
        rig.work();
        got.addAll(TestMessages.records(client));

        // then
        assertEquals(50, got.size());
        for (int i = 0; i < 50; i++) {
            assertEquals((i + 1) * 1_024 + " " + "x".repeat(i * 100), got.get(i));
        }
    }

    @Test
    void shouldSayWhatIsLostWhenAReadBeginsBeforeWhatIsThere() {
        // given
        final FakeClient client = rig.connect();
        upstream.append(1, "a", "one");
        upstream.append(1, "a", "two");
        upstream.loseUpTo(1_024);

        // when
        client.send(TestMessages.openRead(5, 0, 1_000, "a"));
        rig.work();
        rig.work();

        // then
        assertEquals(List.of(1_024L), TestMessages.lostUpTo(client));
        assertEquals(0, upstream.openReaders());
    }

    @Test
    void shouldCloseReadersWhenReadsOrSessionsEnd() {
        // given
        final FakeClient client = rig.connect();
        client.send(TestMessages.openRead(5, 0, 1_000, "a"));
        client.send(TestMessages.openRead(6, 0, 1_000, "a"));
        rig.work();
        final int openCount = upstream.openReaders();

        // when
        client.send(TestMessages.closeRead(5));
        rig.work();
        final int afterClose = upstream.openReaders();
        client.leave();
        rig.work();

        // then
        assertEquals(2, openCount);
        assertEquals(1, afterClose);
        assertEquals(0, upstream.openReaders());
        assertEquals(0, sessions.size());
        assertEquals(1, counters.sessionsClosed().sum());
    }
}
