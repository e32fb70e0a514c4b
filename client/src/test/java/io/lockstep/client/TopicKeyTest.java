package io.lockstep.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class TopicKeyTest {
    @Test
    void shouldFindTheKeyWhereverItIsInTheBlock() {
        // MurmurHash3 of "abc" is 0xB3DD93FA, of nothing 0.
        assertEquals(2, partitionOf(new MessageOptions().key("abc")));
        assertEquals(
                2,
                partitionOf(new MessageOptions()
                        .header("$key", "x")
                        .expireAfterMs(5)
                        .key("abc")
                        .retain()));
        assertEquals(0, partitionOf(new MessageOptions().key("")));
    }

    @Test
    void shouldFindNoKeyWhenThereIsNone() {
        assertEquals(TopicKey.NONE, partitionOf(new MessageOptions()));
        assertEquals(
                TopicKey.NONE,
                partitionOf(new MessageOptions().header("key", "abc").retain()));
    }

    @Test
    void shouldReadNothingBehindABlockThatIsNotWellFormed() {
        final MessageOptions options =
                new MessageOptions().header("name", "value").key("abc");
        for (int length = 0; length < options.length(); length++) {
            assertEquals(TopicKey.NONE, TopicKey.partitionOf(options.buffer(), 0, length, 8));
        }
        final UnsafeBuffer garbage =
                new UnsafeBuffer("this is no block of headers".getBytes(StandardCharsets.US_ASCII));
        assertEquals(TopicKey.NONE, TopicKey.partitionOf(garbage, 0, garbage.capacity(), 8));
    }

    private static int partitionOf(final MessageOptions options) {
        return TopicKey.partitionOf(options.buffer(), 0, options.length(), 8);
    }
}
