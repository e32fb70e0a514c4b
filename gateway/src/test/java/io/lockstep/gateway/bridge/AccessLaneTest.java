package io.lockstep.gateway.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.access.rules.Principal;
import io.lockstep.client.Access;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AccessLaneTest {
    private static final String UNKNOWN_RULE = "perhaps * all #";

    private final ClusterAccess access = new ClusterAccess();
    private final List<Long> asked = new ArrayList<>();
    private final List<Access.Refusal> told = new ArrayList<>();
    private final List<String> rules = new ArrayList<>();
    private long nowNs = 7;
    private Access.RulesListener listener;
    private AccessLane lane;

    @BeforeEach
    void make() {
        lane = new AccessLane(
                new AccessLane.Cluster() {
                    @Override
                    public void ask(final long knownVersion, final Access.RulesListener newListener) {
                        asked.add(knownVersion);
                        listener = newListener;
                    }

                    @Override
                    public void tell(final Access.Refusal refusal) {
                        told.add(refusal);
                    }
                },
                access,
                () -> nowNs,
                "gateway-1");
        access.rulesListener(newRules -> {
            assertEquals(!rules.isEmpty(), access.isDecided(), "who comes in must find the rules in force");
            rules.add(newRules);
            return !newRules.equals(UNKNOWN_RULE);
        });
        lane.doWork();
    }

    @Test
    void shouldLetNobodyInBeforeTheClusterAnswered() {
        assertEquals(List.of(0L), asked);
        assertFalse(access.isDecided());

        listener.onNoAnswer();

        assertFalse(access.isDecided());
    }

    @Test
    void shouldTellTheRulesBeforeAnybodyIsLetIn() {
        listener.onRules(3, "allow * all #");

        assertEquals(List.of("allow * all #"), rules);
        assertTrue(access.isDecided());
    }

    @Test
    void shouldLetNobodyInWhenTheRulesAreNotUnderstood() {
        listener.onRules(3, UNKNOWN_RULE);

        assertFalse(access.isDecided());
    }

    @Test
    void shouldLetClientsInWhenTheClusterHasNoRules() {
        listener.onRules(0, null);

        assertTrue(access.isDecided());
        assertTrue(rules.isEmpty());
    }

    @Test
    void shouldLetClientsInWhenTheClusterKnowsNoRulesYet() {
        listener.onUnsupported();

        assertTrue(access.isDecided());
        assertTrue(rules.isEmpty());
    }

    @Test
    void shouldAskAgainForWhatIsNewerThanWhatItKnows() {
        listener.onRules(3, "allow * all #");
        lane.doWork();
        assertEquals(1, asked.size());

        nowNs += TimeUnit.SECONDS.toNanos(2);
        lane.doWork();
        listener.onRules(3, null);
        nowNs += TimeUnit.SECONDS.toNanos(2);
        lane.doWork();
        listener.onRules(4, "deny * all #");

        assertEquals(List.of(0L, 3L, 3L), asked);
        assertEquals(List.of("allow * all #", "deny * all #"), rules);
    }

    @Test
    void shouldNotAskAgainWhileAnAnswerIsAwaited() {
        nowNs += TimeUnit.SECONDS.toNanos(2);
        lane.doWork();

        assertEquals(1, asked.size());
    }

    @Test
    void shouldTellRefusalsOneByOne() {
        access.onRefused(new Principal("ann", "pump-1"), "publish", "plant/1");
        access.onRefused(new Principal("ann", "pump-1"), "publish", "plant/2");

        lane.doWork();
        lane.doWork();
        assertEquals(List.of(new Access.Refusal("ann", "pump-1", "publish", "plant/1", "gateway-1", 0)), told);

        nowNs += TimeUnit.MILLISECONDS.toNanos(100);
        lane.doWork();
        assertEquals(2, told.size());
    }
}
