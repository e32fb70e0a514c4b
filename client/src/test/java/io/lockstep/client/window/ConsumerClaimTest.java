package io.lockstep.client.window;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ConsumerClaimTest {
    private static final long ME = 7;
    private static final long OTHER = 8;
    private static final long[] NO_ACKS = {};

    private final AckTracker tracker = new AckTracker(4);
    private final ConsumerClaim claim = new ConsumerClaim(ME, tracker);

    @Test
    void shouldReadFromTheAnswerOnWhenItIsTheOwner() {
        claim.onAsked();

        assertTrue(claim.onOpened(3, ME, ME, 64, NO_ACKS));

        assertTrue(claim.mayDeliver());
        assertEquals(1, claim.reading());
        assertEquals(3, claim.epoch());
        assertEquals(64, tracker.cursor());
        assertFalse(claim.isOpenNeeded());
    }

    @Test
    void shouldAskAgainWhenTheAnswerIsBehindTheJournal() {
        claim.onAsked();
        claim.onChanged(4, OTHER, OTHER);

        assertFalse(claim.onOpened(3, ME, ME, 64, NO_ACKS));

        assertTrue(claim.isOpenNeeded());
        assertEquals(0, claim.reading());
    }

    @Test
    void shouldIgnoreARecordOfAnEarlierEpoch() {
        claim.onOpened(3, ME, ME, 64, NO_ACKS);

        assertFalse(claim.onChanged(2, OTHER, OTHER));

        assertTrue(claim.mayDeliver());
    }

    @Test
    void shouldEndReadingAndAskOnlyWhenANewEpochIsItsOwn() {
        claim.onOpened(3, ME, ME, 64, NO_ACKS);
        claim.onAsked();

        assertTrue(claim.onChanged(4, OTHER, OTHER));
        assertEquals(0, claim.reading());
        assertFalse(claim.isOpenNeeded());

        assertTrue(claim.onChanged(5, ME, ME));
        assertEquals(0, claim.reading());
        assertTrue(claim.isOpenNeeded());
    }

    @Test
    void shouldAskWhenNobodyOwnsItAnyMore() {
        claim.onOpened(3, ME, ME, 64, NO_ACKS);
        claim.onAsked();

        // A command of this member's earlier time, which came late, took it out.
        assertTrue(claim.onChanged(4, 0, 0));

        assertEquals(0, claim.reading());
        assertTrue(claim.isOpenNeeded());
    }

    @Test
    void shouldStillAskWhenItWasForgottenAndARecordTellsOfTheNextOwner() {
        claim.onOpened(3, ME, ME, 64, NO_ACKS);
        claim.onAsked();
        claim.onMemberLost();

        claim.onChanged(4, OTHER, OTHER);

        assertTrue(claim.isOpenNeeded());
    }

    @Test
    void shouldHandOverOnlyWhatIsAcknowledgedAndSent() {
        claim.onOpened(3, ME, ME, 0, NO_ACKS);
        tracker.onDelivered(32);

        claim.onChanged(3, ME, OTHER);
        assertFalse(claim.mayDeliver());
        assertFalse(claim.isReleaseDue());

        tracker.ackThrough(32);
        assertFalse(claim.isReleaseDue());

        tracker.takeUnsent(new long[4]);
        assertTrue(claim.isReleaseDue());
    }

    @Test
    void shouldDeliverNothingWhenItIsWantedAgainWhileTheHandOverIsUnderWay() {
        claim.onOpened(3, ME, ME, 0, NO_ACKS);
        claim.onChanged(3, ME, OTHER);
        claim.onReleaseAsked();

        claim.onChanged(3, ME, ME);
        assertFalse(claim.mayDeliver());
        claim.onAsked();
        claim.onReleaseAnswered();
        assertFalse(claim.mayDeliver());
        assertTrue(claim.isOpenNeeded());
        claim.onOpened(3, ME, ME, 0, NO_ACKS);

        assertTrue(claim.mayDeliver());
        assertEquals(1, claim.reading());
    }

    @Test
    void shouldDeliverAgainWhenANewReadingBeginsBeforeTheHandOverIsAnswered() {
        claim.onOpened(3, ME, ME, 0, NO_ACKS);
        claim.onChanged(3, ME, OTHER);
        claim.onReleaseAsked();

        claim.onOpened(5, ME, ME, 0, NO_ACKS);

        assertTrue(claim.mayDeliver());
        assertEquals(2, claim.reading());
    }

    @Test
    void shouldRefuseASecondHandOverOfOneReading() {
        claim.onOpened(3, ME, ME, 0, NO_ACKS);
        claim.onChanged(3, ME, OTHER);
        claim.onReleaseAsked();

        assertFalse(claim.isReleaseDue());
        assertThrows(IllegalStateException.class, claim::onReleaseAsked);
    }
}
