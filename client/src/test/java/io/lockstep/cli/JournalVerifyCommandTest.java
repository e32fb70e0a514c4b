package io.lockstep.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lockstep.archive.verify.VerifyResult;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JournalVerifyCommandTest {
    @Test
    void shouldFailWhenACopyEndsEarlierUnlessThatIsAllowed() {
        // given
        final Map<Integer, VerifyResult> equal = Map.of(0, result(null, 9_600, 100));
        final Map<Integer, VerifyResult> shorter = Map.of(0, result(null, 4_800, 50));
        final Map<Integer, VerifyResult> different = Map.of(0, result("the checksum is wrong", 9_600, 100));

        // then
        assertEquals(0, JournalVerifyCommand.statusOf(equal, false));
        assertEquals(1, JournalVerifyCommand.statusOf(shorter, false));
        assertEquals(0, JournalVerifyCommand.statusOf(shorter, true));
        assertEquals(1, JournalVerifyCommand.statusOf(different, true));
    }

    @Test
    void shouldTellTheEndsInJsonWhenACopyEndsEarlier() {
        // when
        final JsonNode json = JournalVerifyCommand.toJson(Map.of(0, result(null, 4_800, 50)));

        // then
        final JsonNode shard = json.path("shards").path(0);
        assertTrue(json.path("identical").asBoolean());
        assertTrue(json.path("firstDifference").isNull());
        assertFalse(json.path("endsEqual").asBoolean(true));
        assertTrue(shard.path("shortCopies").asText().startsWith("node 1 ends 50 records earlier"), shard::toString);
        assertEquals(50, shard.path("copies").path(1).path("recordsBehind").asLong());
        assertEquals(4_800, shard.path("copies").path(1).path("lagBytes").asLong());
        assertEquals(0, shard.path("copies").path(0).path("recordsBehind").asLong());
    }

    private static VerifyResult result(final String difference, final long endPosition, final long sequence) {
        return new VerifyResult(
                difference == null,
                0,
                endPosition,
                sequence,
                1_000,
                0,
                difference,
                List.of(
                        new VerifyResult.Copy("node 0", 0, 9_600, 100, 100, -1, 0),
                        new VerifyResult.Copy("node 1", 0, endPosition, sequence, sequence, -1, 0)));
    }
}
