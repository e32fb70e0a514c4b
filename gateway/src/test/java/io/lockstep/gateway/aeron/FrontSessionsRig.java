package io.lockstep.gateway.aeron;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lockstep.codecs.GatewayWelcomeDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import org.agrona.sbe.MessageEncoderFlyweight;

/** The sessions of a gateway without a network and without a cluster, and a clock that the test moves. */
final class FrontSessionsRig {
    static final int MAX_SESSIONS = 3;

    private final FakeUpstream upstream = new FakeUpstream();
    private final FakeAccess access = new FakeAccess();
    private final FrontCounters counters = new FrontCounters();
    private final FrontSessions sessions = new FrontSessions(upstream, access, counters, MAX_SESSIONS);
    private long nowNs = 1_000;

    FakeUpstream upstream() {
        return upstream;
    }

    FakeAccess access() {
        return access;
    }

    FrontCounters counters() {
        return counters;
    }

    FrontSessions sessions() {
        return sessions;
    }

    /** A client that has not said anything yet. */
    void add(final FakeClient client) {
        sessions.add(client, nowNs);
    }

    /** A client that was let in. */
    FakeClient connect() {
        final FakeClient client = new FakeClient();
        add(client);
        client.hello("anna", "secret");
        work();
        assertEquals(1, client.take(GatewayWelcomeDecoder.TEMPLATE_ID).size());
        return client;
    }

    void passTime(final long durationNs) {
        nowNs += durationNs;
    }

    void work() {
        // What one turn decides the next one says.
        for (int i = 0; i < 4; i++) {
            sessions.doWork(nowNs);
        }
    }

    /** A shard says something; false where it is not for a session. */
    boolean answer(final int shardId, final MessageEncoderFlyweight answer) {
        return sessions.onAnswer(
                shardId,
                answer.buffer(),
                answer.offset() - MessageHeaderEncoder.ENCODED_LENGTH,
                answer.encodedLength() + MessageHeaderEncoder.ENCODED_LENGTH);
    }
}
