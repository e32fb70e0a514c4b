package io.lockstep.client;

import io.lockstep.codecs.DescribeGroupEncoder;
import io.lockstep.codecs.GroupDescriptionDecoder;
import io.lockstep.codecs.GroupSettledDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.SetGroupCreditEncoder;
import io.lockstep.codecs.SettleGroupEncoder;
import java.util.Objects;

/**
 * The shared subscriptions of client sessions, as a gateway sees them: each is a group of the shard whose name is the whole filter,
 * {@code $share/NAME/FILTER}, made and forgotten with the subscriptions of the sessions. Its members are connections, by their
 * epochs. {@link SubscriberListener#onGroupAssigned} tells what a connection gets. Nothing here blocks: answers come to a listener,
 * from within {@link LockstepClient#doWork()}.
 *
 * <p>Made by {@link Sessions#shared()}; belongs to the thread that owns the client.
 */
public final class SharedSubscriptions {
    /** Greatest number of messages of one {@link #settle}. */
    public static final int MAX_SETTLED = 1_024;

    /** What {@link #find} tells where no session of the shard has the subscription. */
    public static final int UNKNOWN = 0;

    private static final long NO_DELAY = -1;
    private static final short DONE = 1;

    private final ShardAsker asker;

    SharedSubscriptions(final ShardAsker asker) {
        this.asker = asker;
    }

    /**
     * Asks for the group of a shared subscription.
     *
     * @param shardId   of the shard.
     * @param filter    the whole filter.
     * @param timeoutNs greatest time to wait.
     * @param listener  is told the group's id, or {@link #UNKNOWN}.
     */
    public void find(
            final int shardId, final String filter, final long timeoutNs, final AnswerListener<Integer> listener) {
        Objects.requireNonNull(filter, "filter");
        Objects.requireNonNull(listener, "listener");
        asker.ask(
                shardId,
                (buffer, header, correlationId) -> new DescribeGroupEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .correlationId(correlationId)
                        .groupId(0)
                        .groupName(filter),
                asker.nowNs() + timeoutNs,
                new AnswerReader<>(
                        shardId,
                        GroupDescriptionDecoder.TEMPLATE_ID,
                        (buffer, offset) -> new GroupDescriptionDecoder()
                                .wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder())
                                .groupId(),
                        (code, detail, position) -> UNKNOWN,
                        listener));
    }

    /**
     * Says how many messages a connection takes at a time; more than it has are handed out to it from then on.
     *
     * @param shardId   of the shard.
     * @param groupId   of the subscription.
     * @param epoch     under which the connection has its session.
     * @param credit    0 to 1,024.
     * @param timeoutNs greatest time to wait.
     * @param listener  is told the code: {@link ResultCode#NOT_IN_GROUP} where the connection is over.
     */
    public void credit(
            final int shardId,
            final int groupId,
            final long epoch,
            final int credit,
            final long timeoutNs,
            final AnswerListener<ResultCode> listener) {
        Objects.requireNonNull(listener, "listener");
        asker.ask(
                shardId,
                (buffer, header, correlationId) -> new SetGroupCreditEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .correlationId(correlationId)
                        .memberId(epoch)
                        .groupId(groupId)
                        .credit(credit),
                asker.nowNs() + timeoutNs,
                new AnswerReader<>(shardId, (code, detail, position) -> code, listener));
    }

    /**
     * Says that a connection is done with messages; they never come again. One that is another's by now is passed over.
     *
     * @param shardId   of the shard.
     * @param groupId   of the subscription.
     * @param epoch     under which the connection has its session.
     * @param positions of the messages, 1 to {@link #MAX_SETTLED}; not written to any more.
     * @param attempts  in which it got them, by the same index; not written to any more.
     * @param timeoutNs greatest time to wait.
     * @param listener  is told the code: {@link ResultCode#NOT_IN_GROUP} where the connection is over.
     */
    public void settle(
            final int shardId,
            final int groupId,
            final long epoch,
            final long[] positions,
            final int[] attempts,
            final long timeoutNs,
            final AnswerListener<ResultCode> listener) {
        Objects.requireNonNull(listener, "listener");
        if (positions.length == 0 || positions.length > MAX_SETTLED || positions.length != attempts.length) {
            throw new IllegalArgumentException(
                    "1 to " + MAX_SETTLED + " messages are settled at a time, but not " + positions.length);
        }
        asker.ask(
                shardId,
                (buffer, header, correlationId) -> {
                    final SettleGroupEncoder encoder = new SettleGroupEncoder()
                            .wrapAndApplyHeader(buffer, 0, header)
                            .correlationId(correlationId)
                            .memberId(epoch)
                            .groupId(groupId);
                    final SettleGroupEncoder.EntriesEncoder entries = encoder.entriesCount(positions.length);
                    for (int i = 0; i < positions.length; i++) {
                        entries.next()
                                .position(positions[i])
                                .delayNs(NO_DELAY)
                                .attempt(attempts[i])
                                .verdict(DONE);
                    }
                    return encoder;
                },
                asker.nowNs() + timeoutNs,
                new AnswerReader<>(
                        shardId,
                        GroupSettledDecoder.TEMPLATE_ID,
                        (buffer, offset) -> new GroupSettledDecoder()
                                .wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder())
                                .code(),
                        (code, detail, position) -> code,
                        listener));
    }
}
