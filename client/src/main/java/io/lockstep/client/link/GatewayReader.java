package io.lockstep.client.link;

import io.aeron.Aeron;
import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.LockstepException;
import io.lockstep.client.SubscriberListener;
import io.lockstep.client.internal.ReadRequest;
import io.lockstep.client.internal.RecordHandler;
import io.lockstep.client.internal.RecordReader;
import org.agrona.DirectBuffer;

/**
 * Reads a journal through a gateway, which sends what is wanted as far as there is credit. With another gateway it goes on
 * behind what came last. Owned by the thread that owns the client.
 */
final class GatewayReader implements RecordReader {
    /** Bytes of records that may be under way or lie here unread; one record may be longer. */
    static final int CREDIT_BYTES = 256 << 10;

    private static final int TELL_CONSUMED_BYTES = CREDIT_BYTES / 4;
    private static final int KEPT_BYTES = 64 << 10;
    private static final int NOT_OPEN = 0;

    private final GatewayPath path;
    private final ReadRequest request;
    private final SubscriberListener listener;
    private final MessageQueue queue = new MessageQueue(KEPT_BYTES);
    private long readId = NOT_OPEN;
    private StartPosition start;
    // Behind the last record that was consumed; behind the last one that came; what the read began with is -1.
    private long position;
    private long receivedPosition;
    private long consumedBytes;
    private long toldBytes;
    private int nodeId = Aeron.NULL_VALUE;
    private String moveReason;
    private boolean isLost;
    private boolean isLostTold;
    private long lostPosition;
    private long firstReadablePosition;
    private String refusal;
    private boolean isPolling;
    private boolean isClosed;

    GatewayReader(final GatewayPath path, final ReadRequest request, final SubscriberListener listener) {
        this.path = path;
        this.request = request;
        this.listener = listener;
        begin(request.start());
    }

    @Override
    public int poll(final RecordHandler handler, final int recordLimit) {
        if (isClosed || isPolling) {
            return 0;
        }
        if (refusal != null) {
            throw new LockstepException("shard " + request.shardId() + " cannot be read: " + refusal);
        }
        isPolling = true;
        try {
            return pollInTurn(handler, recordLimit);
        } finally {
            isPolling = false;
        }
    }

    @Override
    public long position() {
        return position;
    }

    // Until it is known where a live start is, the next session would begin at another place, and who was told that it
    // reads would miss what came in between.
    @Override
    public int nodeId() {
        return receivedPosition < 0 ? Aeron.NULL_VALUE : nodeId;
    }

    @Override
    public void moveTo(final long newPosition) {
        if (isClosed || isPolling) {
            throw new IllegalStateException("the reader of shard " + request.shardId()
                    + (isClosed ? " is closed" : " cannot be moved by its handler"));
        }
        endRead();
        queue.clear();
        begin(StartPosition.position(newPosition));
    }

    @Override
    public void hint(final long journalPosition) {
        // The gateway leaves nodes that stay behind.
    }

    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            endRead();
            if (!isPolling) {
                queue.clear();
            }
        }
    }

    void onRecord(final long endPosition, final DirectBuffer buffer, final int offset, final int length) {
        queue.add(buffer, offset, length, endPosition);
        receivedPosition = endPosition;
    }

    void onProgress(final long newPosition, final int newNodeId, final String reason) {
        if (newNodeId >= 0 && reason != null) {
            moveReason = reason;
        }
        nodeId = newNodeId;
        if (newPosition > receivedPosition) {
            receivedPosition = newPosition;
            settlePosition();
        }
    }

    void onLost(final long wantedPosition, final long newFirstReadablePosition) {
        readId = NOT_OPEN;
        isLost = true;
        lostPosition = wantedPosition;
        firstReadablePosition = newFirstReadablePosition;
    }

    void onRefused(final String reason) {
        readId = NOT_OPEN;
        refusal = reason;
    }

    void onLinkLost() {
        readId = NOT_OPEN;
        nodeId = Aeron.NULL_VALUE;
    }

    @Override
    public String toString() {
        return "GatewayReader{shard=" + request.shardId() + ", read=" + readId + ", node=" + nodeId + ", position="
                + position + ", waiting=" + queue.size() + '}';
    }

    private void begin(final StartPosition newStart) {
        start = newStart;
        position = newStart.kind() == StartPosition.Kind.POSITION ? newStart.value() : -1;
        receivedPosition = position;
        isLost = false;
        isLostTold = false;
        nodeId = Aeron.NULL_VALUE;
        moveReason = null;
    }

    private int pollInTurn(final RecordHandler handler, final int recordLimit) {
        // What lies here came in another session and is not to lie here twice.
        if (readId == NOT_OPEN && queue.isEmpty() && !isLost) {
            open();
        }
        if (moveReason != null) {
            final String reason = moveReason;
            moveReason = null;
            listener.onNodeChanged(request.shardId(), nodeId, reason);
        }
        int count = 0;
        while (count < recordLimit && !isClosed && !queue.isEmpty()) {
            final int length = queue.firstLength();
            final long endPosition = queue.firstNumber();
            final Action action = handler.onRecord(queue.buffer(), queue.firstOffset(), length, endPosition);
            if (action == Action.ABORT) {
                break;
            }
            queue.removeFirst();
            position = endPosition;
            consumedBytes += length;
            count++;
            if (action == Action.BREAK) {
                break;
            }
        }
        settlePosition();
        if (isClosed) {
            queue.clear();
        } else {
            tellConsumed();
            tellLost();
        }
        return count;
    }

    private void open() {
        if (!path.link().isOpen()) {
            return;
        }
        final long newReadId = path.register(this);
        final StartPosition place = receivedPosition < 0 ? start : StartPosition.position(receivedPosition);
        if (path.messages().offerOpen(newReadId, request.from(place), CREDIT_BYTES)) {
            readId = newReadId;
            consumedBytes = 0;
            toldBytes = 0;
        } else {
            path.unregister(newReadId);
        }
    }

    private void endRead() {
        if (readId != NOT_OPEN) {
            path.closeRead(readId);
            readId = NOT_OPEN;
        }
        nodeId = Aeron.NULL_VALUE;
    }

    private void settlePosition() {
        if (queue.isEmpty() && receivedPosition > position) {
            position = receivedPosition;
        }
    }

    private void tellConsumed() {
        final boolean isDue = consumedBytes - toldBytes >= TELL_CONSUMED_BYTES
                || (queue.isEmpty() && consumedBytes - toldBytes >= TELL_CONSUMED_BYTES / 16);
        if (readId != NOT_OPEN && isDue && path.messages().offerCredit(readId, consumedBytes)) {
            toldBytes = consumedBytes;
        }
    }

    private void tellLost() {
        if (isLost && !isLostTold && queue.isEmpty()) {
            isLostTold = true;
            listener.onCursorLost(request.shardId(), lostPosition, firstReadablePosition);
        }
    }
}
