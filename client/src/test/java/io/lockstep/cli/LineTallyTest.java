package io.lockstep.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.codecs.ResultCode;
import org.junit.jupiter.api.Test;

class LineTallyTest {
    @Test
    void shouldHaveNoProblemWhenAllIsAccepted() {
        // given
        final LineTally tally = offered(true, 2, 3);

        // when
        for (int i = 1; i <= 3; i++) {
            tally.onAccepted(i, 0, 64L * i);
        }

        // then
        assertEquals(2, tally.skipped());
        assertEquals(3, tally.offered());
        assertEquals(3, tally.accepted());
        assertEquals(0, tally.refused());
        assertEquals(0, tally.unknown());
        assertNull(tally.problem());
    }

    @Test
    void shouldNameTheLineOfTheInputWhenOneIsRefusedBehindSkippedOnes() {
        // given
        final LineTally tally = offered(true, 10, 3);

        // when
        tally.onAccepted(1, 0, 64);
        tally.onRefused(2, ResultCode.BAD_HEADERS, 7);
        tally.onRefused(3, ResultCode.AFTER_REFUSAL, 0);

        // then
        assertEquals(2, tally.refused());
        assertEquals(
                "line 12 was refused: BAD_HEADERS (7); when that is put right, run the same command again to go on with"
                        + " this line",
                tally.problem());
    }

    @Test
    void shouldKeepTheFirstProblemWhenThereAreSeveral() {
        // given
        final LineTally tally = offered(true, 0, 2);

        // when
        tally.onUnknown(1, "the cluster gave no answer");
        tally.onUnknown(2, "the cluster gave no answer");
        tally.onClosed("closed");
        tally.onRefused(2, ResultCode.READ_ONLY, 0);

        // then
        assertEquals(2, tally.unknown());
        assertEquals(
                "the fate of line 1 and those after it is not known: the cluster gave no answer; run the same command"
                        + " again to go on without loss or duplicate",
                tally.problem());
    }

    @Test
    void shouldNeverAskToRunTheCommandAgainWhenThatWouldPublishLinesTwice() {
        // given
        final LineTally refused = offered(false, 0, 2);
        final LineTally unknown = offered(false, 0, 2);
        final LineTally tooLong = offered(false, 0, 2);

        // when
        refused.onRefused(2, ResultCode.READ_ONLY, 0);
        unknown.onUnknown(2, "the cluster gave no answer");
        tooLong.onLineTooLong(99);

        // then
        for (final LineTally tally : new LineTally[] {refused, unknown, tooLong}) {
            assertFalse(tally.problem().contains("run the same command again"), tally.problem());
            assertTrue(tally.problem().contains("this run does not resume"), tally.problem());
        }
    }

    @Test
    void shouldAskToRunTheCommandAgainWhenNothingWasPublishedBefore() {
        // given
        final LineTally tally = offered(false, 0, 0);

        // when
        tally.onLineTooLong(99);

        // then
        assertEquals(
                "line 1 of 99 bytes is longer than the cluster allows; shorten it and run the same command again",
                tally.problem());
    }

    @Test
    void shouldBlameHeadersWhenTheyAreTooLong() {
        // given
        final LineTally tally = offered(true, 4, 0);

        // when
        tally.onHeadersTooLong(70_000);

        // then
        assertEquals(
                "headers of 70000 bytes are longer than the cluster allows; shorten them and run the same command again"
                        + " to go on with this line",
                tally.problem());
    }

    @Test
    void shouldTellHowToGoOnWhenARunWasStoppedAndCanResume() {
        // given
        final PubSummary resumable = summary(true);
        final PubSummary nameless = summary(false);

        // when / then
        assertEquals(
                "published 5 to a/b in 2.000 s (3/s); skipped 4 that were published before; refused 3; unknown 2; waited"
                        + " 6 times for a rate of the cluster; stopped before the end of the input, run the same command"
                        + " again to go on",
                resumable.toText());
        assertFalse(nameless.toText().contains("again"), nameless.toText());
    }

    @Test
    void shouldHaveEveryKeyWhenPrintedAsJson() {
        // when
        final ObjectNode json = summary(true).toJson();

        // then
        assertEquals(
                "{\"topic\":\"a/b\",\"shard\":1,\"producerId\":77,\"published\":5,\"skipped\":4,\"refused\":3,"
                        + "\"unknown\":2,\"rateLimited\":6,\"position\":640,\"seconds\":2.0,\"complete\":false}",
                OutputOptions.lineOf(json));
    }

    private static PubSummary summary(final boolean isResumable) {
        return new PubSummary("a/b", 1, 77, 4, 5, 3, 2, 6, 640, 2.0, false, isResumable, null);
    }

    private static LineTally offered(final boolean isResumable, final int skipped, final int offered) {
        final LineTally tally = new LineTally(isResumable);
        for (int i = 0; i < skipped; i++) {
            tally.onSkipped();
        }
        for (int i = 0; i < offered; i++) {
            tally.onOffered();
        }
        return tally;
    }
}
