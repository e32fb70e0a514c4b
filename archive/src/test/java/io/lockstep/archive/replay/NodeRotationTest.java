package io.lockstep.archive.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class NodeRotationTest {
    @Test
    void shouldAskThePreferredNodeFirstAndEveryNodeOnceWithoutAPause() {
        final NodeRotation rotation = new NodeRotation(3, 1, 7);

        assertEquals(1, rotation.nodeIndex());
        assertEquals(0, rotation.onFailure());
        assertEquals(2, rotation.nodeIndex());
        assertEquals(0, rotation.onFailure());
        assertEquals(0, rotation.nodeIndex());
        assertTrue(rotation.onFailure() > 0);
        assertEquals(1, rotation.nodeIndex());
    }

    @Test
    void shouldAskTheNodeThatWasLeftLast() {
        final NodeRotation rotation = new NodeRotation(3, 1, 7);

        rotation.begin(1, 0);

        assertEquals(2, rotation.nodeIndex());
        rotation.onFailure();
        assertEquals(0, rotation.nodeIndex());
        rotation.onFailure();
        assertEquals(1, rotation.nodeIndex());
    }

    @Test
    void shouldAskASuspectLastUntilItIsForgiven() {
        final NodeRotation rotation = new NodeRotation(2, 0, 7);

        rotation.suspect(0, 100);
        rotation.begin(-1, 200);
        assertEquals(1, rotation.nodeIndex());

        rotation.begin(-1, 60_000_000_000L);
        assertEquals(0, rotation.nodeIndex());
    }

    @Test
    void shouldPauseLongerAfterEachRoundUpToABound() {
        final NodeRotation rotation = new NodeRotation(1, -1, 7);
        long last = 0;
        for (int round = 0; round < 20; round++) {
            last = rotation.onFailure();
            assertTrue(last > 0 && last <= 2_000_000_000L, "pause " + last);
        }
        assertTrue(last >= 1_000_000_000L, "pause " + last);
    }
}
