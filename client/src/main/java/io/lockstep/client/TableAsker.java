package io.lockstep.client;

import io.lockstep.client.internal.ShardCall;
import io.lockstep.client.internal.ShardCommand;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.DirectBuffer;

/**
 * Asks shards for a table of theirs that may change, and keeps what each answered last. Belongs to the thread that owns the
 * client.
 *
 * @param <T> what a shard answers.
 */
final class TableAsker<T> {
    /** Takes an answer apart. */
    @FunctionalInterface
    interface Reader<T> {
        /** What the shard told, or null where it has no table yet. */
        T read(int shardId, DirectBuffer buffer, int offset);
    }

    // So far away that a monotonic clock does not reach it: until it is answered, a question stays.
    private static final long FOREVER_NS = Long.MAX_VALUE / 2;

    private final LockstepClient client;
    private final ShardCommand question;
    private final int answerTemplateId;
    private final Reader<T> reader;
    private final ShardCall[] calls;
    private final boolean[] isRefused;
    private final List<T> answers = new ArrayList<>();

    /**
     * Nothing is asked yet.
     *
     * @param client           whose shards are asked.
     * @param shardCount       number of shards.
     * @param question         asks for the table.
     * @param answerTemplateId of the answer that has it.
     * @param reader           takes that apart.
     */
    TableAsker(
            final LockstepClient client,
            final int shardCount,
            final ShardCommand question,
            final int answerTemplateId,
            final Reader<T> reader) {
        this.client = client;
        this.question = question;
        this.answerTemplateId = answerTemplateId;
        this.reader = reader;
        this.calls = new ShardCall[shardCount];
        this.isRefused = new boolean[shardCount];
        for (int shardId = 0; shardId < shardCount; shardId++) {
            answers.add(null);
        }
    }

    /** Begins to ask a shard, where that is not so already and the shard did not refuse to tell. */
    void begin(final int shardId) {
        if (!isAsking(shardId) && !isRefused[shardId]) {
            calls[shardId] = client.ask(shardId, question, client.nowNs() + FOREVER_NS, new Answer(shardId));
        }
    }

    /** Begins to ask all shards that are not being asked, also those that refused. */
    void beginAll() {
        Arrays.fill(isRefused, false);
        for (int shardId = 0; shardId < calls.length; shardId++) {
            begin(shardId);
        }
    }

    /** Begins anew to ask all shards; {@link #answers} is complete when none is asked any more. */
    void beginAnew() {
        for (int shardId = 0; shardId < calls.length; shardId++) {
            answers.set(shardId, null);
            if (calls[shardId] != null) {
                calls[shardId].cancel();
            }
        }
        beginAll();
    }

    /** Whether the answer of a shard is awaited. */
    boolean isAsking(final int shardId) {
        return calls[shardId] != null && !calls[shardId].isEnded();
    }

    /** A shard whose answer is awaited, or -1. */
    int missingShardId() {
        for (int shardId = 0; shardId < calls.length; shardId++) {
            if (isAsking(shardId)) {
                return shardId;
            }
        }
        return -1;
    }

    /** A session is new: the node at its other end may know the question where the one before did not. */
    void onSessionRestored(final int shardId) {
        isRefused[shardId] = false;
    }

    /** The last answer of each shard; null where it gave none, or has no table. */
    List<T> answers() {
        return answers;
    }

    private final class Answer implements ShardCall.Listener {
        private final int shardId;

        private Answer(final int shardId) {
            this.shardId = shardId;
        }

        @Override
        public void onAnswer(final int templateId, final DirectBuffer buffer, final int offset, final int length) {
            // Any other answer is a refusal: an older node, or a feature level that knows no such table.
            isRefused[shardId] = templateId != answerTemplateId;
            if (!isRefused[shardId]) {
                answers.set(shardId, reader.read(shardId, buffer, offset));
            }
        }

        @Override
        public void onTimeout() {
            throw new IllegalStateException("a question without a deadline timed out in shard " + shardId);
        }
    }
}
