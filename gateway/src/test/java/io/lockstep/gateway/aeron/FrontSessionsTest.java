package io.lockstep.gateway.aeron;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.codecs.GatewayCommandEncoder;
import java.util.List;
import java.util.function.Consumer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;
import org.junit.jupiter.api.Test;

/** How sessions of native clients begin and end. */
class FrontSessionsTest {
    private final FrontSessionsRig rig = new FrontSessionsRig();
    private final FakeUpstream upstream = rig.upstream();
    private final FakeAccess access = rig.access();
    private final FrontCounters counters = rig.counters();
    private final FrontSessions sessions = rig.sessions();

    @Test
    void shouldWelcomeAndTellHowShardsAreWhenAClientSaysHello() {
        // given
        upstream.isConnected(1, false);
        final FakeClient client = new FakeClient();

        // when
        rig.add(client);
        client.hello("anna", "secret");
        rig.work();

        // then
        assertEquals(List.of(FakeUpstream.SHARDS), TestMessages.shardCounts(client));
        assertEquals(List.of("0 true 0", "1 false 1"), TestMessages.shardStates(client));
        assertEquals(1, counters.sessionsOpened().sum());
    }

    @Test
    void shouldRefuseWhenAClientMustNotComeIn() {
        assertEquals("BAD_CREDENTIALS", refusalOf("anna", "wrong"));
        final FakeClient old = new FakeClient();
        rig.add(old);
        old.hello(99, "anna", "secret");
        rig.work();
        assertEquals("BAD_VERSION", old.refusal());
        // Those who were refused leave.
        old.leave();
        rig.work();
    }

    @Test
    void shouldRefuseWithItsCodeWhenThereAreTooManySessions() {
        // given
        for (int i = 0; i < FrontSessionsRig.MAX_SESSIONS; i++) {
            rig.connect();
        }

        // when
        final String refusal = refusalOf("anna", "secret");

        // then
        assertEquals("TOO_MANY_SESSIONS", refusal);
        assertEquals(FrontSessionsRig.MAX_SESSIONS, counters.sessionsOpened().sum());
    }

    @Test
    void shouldTellAllAndKnowWhenItIsSentWhenTheGatewayStops() {
        // given
        final FakeClient client = rig.connect();
        client.isSent(false);
        // Has not been let in, and so hears nothing.
        rig.add(new FakeClient());

        // when
        sessions.sayGoodbye();
        final boolean isSentAtOnce = sessions.isAllSent();
        client.isSent(true);

        // then
        assertEquals("UNAVAILABLE", client.refusal());
        assertFalse(isSentAtOnce);
        assertTrue(sessions.isAllSent());
    }

    @Test
    void shouldGiveRoomWhenASessionEnds() {
        // given
        final FakeClient first = rig.connect();
        rig.connect();
        rig.connect();

        // when
        first.send(TestMessages.bye(1));
        rig.work();

        // then
        assertTrue(first.isClosed());
        assertEquals(2, sessions.size());
        assertNull(refusalOf("anna", "secret"));
    }

    @Test
    void shouldSendAwayWhenAClientDoesNotKeepToTheProtocol() {
        assertEquals("MALFORMED", refusalAfter(client -> client.sendBytes(new byte[50])));
        assertEquals("MALFORMED", refusalAfter(client -> client.command(7, TestMessages.renewMember(1))));
        assertEquals("MALFORMED", refusalAfter(client -> client.command(0, TestMessages.renewMember(1L << 32))));
        assertEquals("MALFORMED", refusalAfter(client -> client.hello("anna", "secret")));
        assertEquals("MALFORMED", refusalAfter(client -> {
            final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
            final MessageEncoderFlyweight command = TestMessages.renewMember(1);
            new GatewayCommandEncoder()
                    .wrapAndApplyHeader(buffer, 0, client.header())
                    .shardId(0)
                    .putCommand(command.buffer(), 0, 20);
            // Says that it has more than comes.
            buffer.putInt(12, 500);
            final byte[] frame = new byte[36];
            buffer.getBytes(0, frame);
            client.sendBytes(frame);
        }));
        assertEquals(0, upstream.takeCommands().size());
    }

    @Test
    void shouldEndTheSessionWhenAClientIsSilentOrNeverSaysHello() {
        // given
        final FakeClient silent = rig.connect();
        final FakeClient mute = new FakeClient();
        rig.add(mute);

        // when
        rig.passTime(FrontLimits.TIMEOUT_NS + 1);
        rig.work();

        // then
        assertNotNull(silent.rejectReason());
        assertNotNull(mute.rejectReason());
        assertEquals(0, sessions.size());
    }

    @Test
    void shouldSendAwayWhenTheUserIsTakenOut() {
        // given
        final FakeClient client = rig.connect();

        // when
        access.isAnnaKnown(false);
        rig.work();
        rig.work();

        // then
        assertEquals("NOT_ALLOWED", client.refusal());
    }

    private String refusalOf(final String user, final String password) {
        final FakeClient client = new FakeClient();
        rig.add(client);
        client.hello(user, password);
        rig.work();
        return leaveAndTellRefusal(client);
    }

    private String refusalAfter(final Consumer<FakeClient> misdeed) {
        final FakeClient client = rig.connect();
        misdeed.accept(client);
        rig.work();
        rig.work();
        return leaveAndTellRefusal(client);
    }

    private String leaveAndTellRefusal(final FakeClient client) {
        final String refusal = client.refusal();
        client.leave();
        rig.work();
        return refusal;
    }
}
