package io.lockstep.client;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.ConsumerStart;
import io.lockstep.codecs.ConsumersPageDecoder;
import io.lockstep.codecs.DeleteConsumerEncoder;
import io.lockstep.codecs.ListConsumersEncoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.SeekConsumerEncoder;
import io.lockstep.topic.TopicFilter;
import java.util.List;
import org.agrona.DirectBuffer;

/**
 * Looks at the durable consumers of a cluster and changes them from outside: for operators and tools. Each call waits for
 * its answers. Made by {@link LockstepClient#consumers()}; not to be called from a handler or listener.
 */
public final class Consumers {
    private static final int PAGE_LENGTH = 100;

    private final LockstepClient client;

    Consumers(final LockstepClient client) {
        this.client = client;
    }

    /**
     * The consumers of all shards.
     *
     * @param filter    of names, written like a topic filter; {@code #} for all, also those that begin with {@code $}.
     * @param timeoutNs greatest time to wait.
     * @return by shard and in the order in which they were made.
     * @throws LockstepException where a shard did not answer in time, or does not know consumers.
     */
    public List<ConsumerState> list(final String filter, final long timeoutNs) {
        final String text = "#".equals(filter) ? "" : TopicFilter.parse(filter).toString();
        return PagedList.collect(
                client,
                ConsumersPageDecoder.TEMPLATE_ID,
                "list its consumers",
                (buffer, header, correlationId, after) -> new ListConsumersEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .correlationId(correlationId)
                        .afterConsumerId(after)
                        .maxConsumers(PAGE_LENGTH)
                        .filter(text),
                Consumers::readPage,
                timeoutNs);
    }

    /**
     * Moves a consumer in one shard; its owner goes on there at once.
     *
     * @param shardId    of the shard.
     * @param consumerId number of the consumer there.
     * @param start      where to go; a time is looked up in the journal first.
     * @param timeoutNs  greatest time to wait.
     * @return the new position.
     * @throws LockstepException where the shard did not answer in time, or refused.
     */
    public long seek(final int shardId, final long consumerId, final StartPosition start, final long timeoutNs) {
        final long deadlineNs = client.nowNs() + timeoutNs;
        final StartPosition place =
                start.kind() == StartPosition.Kind.TIME ? placeOf(shardId, start, deadlineNs) : start;
        return detailOf(BlockingCall.ask(
                client,
                shardId,
                (buffer, header, correlationId) -> new SeekConsumerEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .correlationId(correlationId)
                        .consumerId(consumerId)
                        .startPosition(place.value())
                        .startKind(kindOf(place)),
                deadlineNs - client.nowNs()));
    }

    /**
     * Acknowledges messages of a consumer that no other member owns; for what was handled otherwise. This client joins for
     * the moment.
     *
     * @param state     of the consumer, as it was listed.
     * @param position  behind the message, as {@link Message#position()} says.
     * @param isSingle  whether only this message is acknowledged, and not all before it.
     * @param timeoutNs greatest time to wait.
     * @return the position of the consumer then.
     * @throws LockstepException where another member owns the consumer, the shard did not answer in time, or refused.
     */
    public long ack(final ConsumerState state, final long position, final boolean isSingle, final long timeoutNs) {
        final long deadlineNs = client.nowNs() + timeoutNs;
        final ConsumerConfig config = new ConsumerConfig()
                .name(state.name())
                .lane(state.lane())
                .onlyShard(state.shardId())
                .start(StartPosition.start());
        state.filters().forEach(config::filter);
        try (Consumer consumer = client.addConsumer(config, message -> {})) {
            if (!consumer.hasShard(state.shardId())) {
                throw new LockstepException("the topics of consumer '" + state.name() + "' live in another shard than "
                        + state.shardId() + " now; 'lockstep consumers delete' removes what is left there");
            }
            while (!consumer.isOwner(state.shardId())) {
                client.workOrIdle();
                if (client.nowNs() - deadlineNs >= 0) {
                    throw new LockstepException("another member owns consumer '" + state.name() + "' in shard "
                            + state.shardId()
                            + ", which alone may acknowledge; close it first, or move the consumer with"
                            + " 'lockstep consumers seek'");
                }
            }
            return detailOf(BlockingCall.ask(
                    client,
                    state.shardId(),
                    consumer.shard(state.shardId()).ackCommand(position, isSingle),
                    deadlineNs - client.nowNs()));
        }
    }

    /**
     * Forgets a consumer in one shard. Its members are told by an exception of their {@code poll}.
     *
     * @param shardId    of the shard.
     * @param consumerId number of the consumer there.
     * @param timeoutNs  greatest time to wait.
     * @throws LockstepException where the shard did not answer in time, or refused.
     */
    public void delete(final int shardId, final long consumerId, final long timeoutNs) {
        detailOf(BlockingCall.ask(
                client,
                shardId,
                (buffer, header, correlationId) -> new DeleteConsumerEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .correlationId(correlationId)
                        .consumerId(consumerId),
                timeoutNs));
    }

    private static ConsumerStart kindOf(final StartPosition start) {
        return switch (start.kind()) {
            case START -> ConsumerStart.START;
            case LIVE -> ConsumerStart.LIVE;
            case POSITION, TIME -> ConsumerStart.POSITION;
        };
    }

    private StartPosition placeOf(final int shardId, final StartPosition start, final long deadlineNs) {
        try (TimePosition time = new TimePosition(client, shardId, start.value())) {
            while (time.doWork() == null) {
                client.workOrIdle();
                if (client.nowNs() - deadlineNs >= 0) {
                    throw new LockstepException("the time was not found in the journal of shard " + shardId
                            + " in time; 'lockstep status' shows whether its nodes are well");
                }
            }
            return time.doWork();
        }
    }

    private static long detailOf(final BlockingCall call) {
        final CommandAnswer answer = call.commandAnswer();
        if (answer.code() != ResultCode.ACCEPTED) {
            throw new LockstepException(
                    "shard " + call.shardId() + ": " + ConsumerFailures.sentenceOf(answer.code(), answer.detail()));
        }
        return answer.detail();
    }

    private static long readPage(
            final int shardId, final DirectBuffer buffer, final int offset, final List<ConsumerState> states) {
        final ConsumersPageDecoder page =
                new ConsumersPageDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
        final long journalPosition = page.journalPosition();
        final long after = page.isLast() == BooleanType.TRUE ? PagedList.LAST : page.scannedToConsumerId();
        for (final ConsumersPageDecoder.ConsumersDecoder entry : page.consumers()) {
            final long consumerId = entry.consumerId();
            final long position = entry.position();
            final long ownerEpoch = entry.ownerEpoch();
            final long ownerMemberId = entry.ownerMemberId();
            final long wantedMemberId = entry.wantedMemberId();
            final int ackCount = entry.ackCount();
            final int memberCount = entry.memberCount();
            final int lane = entry.lane();
            final String name = entry.name();
            final List<String> filters = List.of(entry.filters().split("\0"));
            states.add(new ConsumerState(
                    name,
                    shardId,
                    consumerId,
                    List.copyOf(filters),
                    position,
                    journalPosition,
                    ownerEpoch,
                    ownerMemberId,
                    wantedMemberId,
                    ackCount,
                    memberCount,
                    lane));
        }
        return after;
    }
}
