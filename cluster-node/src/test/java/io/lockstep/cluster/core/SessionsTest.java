package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.SessionOpenedDecoder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Single cases of client sessions that the model does not come across. */
class SessionsTest {
    private static final long SECOND_NS = 1_000_000_000L;

    private final EngineFixture fixture = new EngineFixture();

    @BeforeEach
    void setUp() {
        fixture.command(Commands.setFeatureLevel(Engine.SESSIONS_LEVEL));
        fixture.command(Commands.openMember(9, 3_600 * SECOND_NS));
    }

    @Test
    void shouldRefuseASessionIdThatAnotherClientHas() {
        assertEquals(ResultCode.ACCEPTED, open("one", 133, 133).code());

        final SessionOpenedDecoder second = open("two", 197, 133);

        assertEquals(ResultCode.BAD_SESSION, second.code());
        assertEquals(2, second.detail());
        assertEquals(1, fixture.engine.parts().sessions().count());
    }

    @Test
    void shouldBeginAnewWhenTheSessionHadNoExpiry() {
        final SessionOpenedDecoder first = open("one", 0, 0);
        final long firstId = first.sessionId();

        final SessionOpenedDecoder second = EngineFixture.decode(
                new SessionOpenedDecoder(),
                fixture.apply(SessionRequests.open(9, 2, 0, 0, SECOND_NS, false, "one", null)));

        assertEquals(BooleanType.FALSE, second.isPresent());
        assertEquals(second.epoch(), second.sessionId());
        assertTrue(second.sessionId() > firstId);
    }

    private SessionOpenedDecoder open(final String clientId, final long epoch, final long sessionId) {
        return EngineFixture.decode(
                new SessionOpenedDecoder(),
                fixture.apply(SessionRequests.open(9, 1, epoch, sessionId, 0, false, clientId, null)));
    }
}
