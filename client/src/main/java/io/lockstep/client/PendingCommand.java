package io.lockstep.client;

import io.lockstep.client.internal.ShardConnection;
import io.lockstep.codecs.ApplySlotTableEncoder;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.topic.SlotTable;
import io.lockstep.topic.TopicRoute;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/**
 * A command to one shard that is answered by a code; it is sent again each second until it is, so it must be one that does
 * no harm twice. Belongs to the thread that owns the client.
 */
final class PendingCommand {
    private static final long SEND_AGAIN_NS = TimeUnit.SECONDS.toNanos(1);

    private final ShardConnection connection;
    private final int shardId;
    private final long correlationId;
    private final DirectBuffer buffer;
    private final int lengthBytes;
    private CommandAnswer answer;
    private boolean isSent;
    private long sentNs;

    private PendingCommand(
            final ShardConnection connection,
            final int shardId,
            final long correlationId,
            final DirectBuffer buffer,
            final int lengthBytes) {
        this.connection = connection;
        this.shardId = shardId;
        this.correlationId = correlationId;
        this.buffer = buffer;
        this.lengthBytes = lengthBytes;
    }

    static PendingCommand ofSlotTable(
            final ShardConnection connection,
            final int shardId,
            final long version,
            final SlotTable table,
            final boolean isCheckOnly) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final long correlationId = connection.nextCorrelationId();
        final ApplySlotTableEncoder command = new ApplySlotTableEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .correlationId(correlationId)
                .newVersion(version)
                .checkOnly(isCheckOnly ? BooleanType.TRUE : BooleanType.FALSE);
        final ApplySlotTableEncoder.RoutesEncoder group =
                command.routesCount(table.routes().size());
        for (final TopicRoute route : table.routes()) {
            group.next().routeShardId(route.shardId()).prefix(route.prefix());
        }
        command.putSlots(table.slots(), 0, SlotTable.SLOTS_LENGTH);
        return new PendingCommand(
                connection,
                shardId,
                correlationId,
                buffer,
                MessageHeaderEncoder.ENCODED_LENGTH + command.encodedLength());
    }

    /** Sends where that is due. */
    void send(final long nowNs) {
        if (answer == null
                && (!isSent || nowNs - sentNs >= SEND_AGAIN_NS)
                && connection.offer(buffer, 0, lengthBytes) > 0) {
            isSent = true;
            sentNs = nowNs;
        }
    }

    void onReply(final int repliedShardId, final CommandReplyDecoder reply) {
        if (repliedShardId == shardId && reply.correlationId() == correlationId) {
            answer = new CommandAnswer(reply.code(), reply.detail());
        }
    }

    /** The answer, or null where none came yet. */
    CommandAnswer answer() {
        return answer;
    }
}
