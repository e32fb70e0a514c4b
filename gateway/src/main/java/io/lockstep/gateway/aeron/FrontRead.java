package io.lockstep.gateway.aeron;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.access.rules.Permissions;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.SubscriberListener;
import io.lockstep.client.internal.RecordHandler;
import io.lockstep.client.internal.RecordReader;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageRecordDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.topic.TopicFilter;
import io.lockstep.wire.RecordLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;

/**
 * What one client reads of one journal: a place in the records that all reads share, from which what the client wants and
 * may see is copied to it as far as it gave credit. A client that takes nothing costs its own lag. Belongs to the thread of
 * the front end; steady delivery allocates nothing.
 */
final class FrontRead implements RecordHandler, SubscriberListener {
    private static final int TOPIC_ID_OFFSET =
            MessageHeaderDecoder.ENCODED_LENGTH + MessageRecordDecoder.topicIdEncodingOffset();
    private static final int REMEMBERED = 64;
    private static final long HINT_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int NO_NODE = -1;

    private final FrontSession session;
    private final Upstream upstream;
    private final long readId;
    private final int shardId;
    private final boolean isEverything;
    private final TopicFilter[] filters;
    private final int creditBytes;
    private final RecordReader reader;

    // What was found out about the topics that came last: most records cost a look into a table.
    private final int[] topicIds = new int[REMEMBERED];
    private final boolean[] answers = new boolean[REMEMBERED];
    private Permissions permissions;

    private long sentBytes;
    private long consumedBytes;
    private long toldPosition = -1;
    private int toldNodeId = NO_NODE;
    private String moveReason = "";
    private long toldNs;
    private long hintNs;
    private boolean isLost;
    private long lostPosition;
    private long firstReadablePosition;

    FrontRead(
            final FrontSession session,
            final Upstream upstream,
            final long readId,
            final int shardId,
            final StartPosition start,
            final boolean isEverything,
            final TopicFilter[] filters,
            final int creditBytes,
            final long nowNs) {
        this.session = session;
        this.upstream = upstream;
        this.readId = readId;
        this.shardId = shardId;
        this.isEverything = isEverything;
        this.filters = filters;
        this.creditBytes = creditBytes;
        this.toldNs = nowNs;
        this.hintNs = nowNs;
        this.reader = upstream.openReader(shardId, start, this);
    }

    long readId() {
        return readId;
    }

    void onConsumed(final long newConsumedBytes) {
        // More than was sent nobody can have consumed.
        if (newConsumedBytes > consumedBytes && newConsumedBytes <= sentBytes) {
            consumedBytes = newConsumedBytes;
        }
    }

    /** Reads and sends; the interval is that of telling how far it got where nothing was for the client. */
    int poll(final Permissions current, final long nowNs, final long tellIntervalNs) {
        if (!session.mayWrite()) {
            return 0;
        }
        if (current != permissions) {
            permissions = current;
            // Topic ids begin with 1.
            Arrays.fill(topicIds, 0);
        }
        if (nowNs - hintNs >= HINT_INTERVAL_NS) {
            hintNs = nowNs;
            reader.hint(upstream.journalPosition(shardId));
        }
        int count = 0;
        if (sentBytes - consumedBytes < creditBytes) {
            count = reader.poll(this, FrontLimits.RECORD_LIMIT);
        }
        return count + tellProgress(nowNs, tellIntervalNs);
    }

    /** Whether it is over because what it wants is gone; tells the client. */
    boolean isOver() {
        return isLost && session.tellReadLost(readId, lostPosition, firstReadablePosition);
    }

    void close() {
        CloseHelper.close(reader);
    }

    @Override
    public Action onRecord(final DirectBuffer buffer, final int offset, final int length, final long endPosition) {
        final int kind = RecordLayout.kind(buffer, offset);
        final boolean isWanted =
                kind == RecordKind.MESSAGE.value() ? isWanted(buffer, offset) : kind != RecordKind.CHECKPOINT.value();
        if (!isWanted) {
            return Action.CONTINUE;
        }
        if (sentBytes - consumedBytes >= creditBytes
                || !session.sendRecord(readId, endPosition, buffer, offset, length)) {
            return Action.ABORT;
        }
        sentBytes += length;
        toldPosition = endPosition;
        return Action.CONTINUE;
    }

    @Override
    public void onNodeChanged(final int ofShardId, final int nodeId, final String reason) {
        moveReason = reason;
    }

    @Override
    public void onCursorLost(final int ofShardId, final long wantedPosition, final long newFirstReadablePosition) {
        isLost = true;
        lostPosition = wantedPosition;
        firstReadablePosition = newFirstReadablePosition;
    }

    private int tellProgress(final long nowNs, final long tellIntervalNs) {
        final long position = reader.position();
        final int nodeId = reader.nodeId();
        final boolean isNew = nodeId != toldNodeId || (position >= 0 && toldPosition < 0);
        if (!isNew && (position <= toldPosition || nowNs - toldNs < tellIntervalNs)) {
            return 0;
        }
        if (!session.tellProgress(readId, position, nodeId, moveReason)) {
            return 0;
        }
        moveReason = "";
        toldNodeId = nodeId;
        toldPosition = Math.max(position, toldPosition);
        toldNs = nowNs;
        return 1;
    }

    private boolean isWanted(final DirectBuffer buffer, final int offset) {
        final int topicId = buffer.getInt(offset + TOPIC_ID_OFFSET, ByteOrder.LITTLE_ENDIAN);
        final int slot = topicId & (REMEMBERED - 1);
        if (topicIds[slot] != topicId) {
            topicIds[slot] = topicId;
            answers[slot] = isMatching(buffer, offset);
        }
        return answers[slot];
    }

    private boolean isMatching(final DirectBuffer buffer, final int offset) {
        final int blockLength = buffer.getShort(offset, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
        final int lengthOffset = offset + MessageHeaderDecoder.ENCODED_LENGTH + blockLength;
        final int length = buffer.getShort(lengthOffset, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
        final int topicOffset = lengthOffset + Short.BYTES;
        boolean isSelected = isEverything;
        for (int i = 0; i < filters.length && !isSelected; i++) {
            isSelected = filters[i].matches(buffer, topicOffset, length);
        }
        return isSelected && permissions.mayRead(buffer, topicOffset, length);
    }
}
