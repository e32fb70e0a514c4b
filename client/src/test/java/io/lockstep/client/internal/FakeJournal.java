package io.lockstep.client.internal;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.SubscriberListener;
import io.lockstep.wire.JournalFormat;
import io.lockstep.wire.RecordLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;

/** A journal in memory with readers that connect late, move between nodes, stay behind and lose their place. */
final class FakeJournal {
    private final Random random;
    private final List<Long> endPositions = new ArrayList<>();
    private final List<Integer> lengths = new ArrayList<>();
    private final UnsafeBuffer scratch = new UnsafeBuffer(new byte[1 << 20]);
    private int firstReadable;
    private boolean isCalm;
    private int missing;
    private int openReaders;
    private int mostOpenReaders;
    private int openedReaders;

    FakeJournal(final Random random) {
        this.random = random;
    }

    /** Appends a record that carries its own number, from 0. */
    void append(final int length) {
        lengths.add(length);
        endPositions.add(JournalFormat.endPosition(end(size()), length));
    }

    /** Position before the record with a number. */
    long end(final int number) {
        return number == 0 ? 0 : endPositions.get(number - 1);
    }

    int size() {
        return endPositions.size();
    }

    int firstReadable() {
        return firstReadable;
    }

    void trim(final int newFirstReadable) {
        firstReadable = Math.max(firstReadable, newFirstReadable);
    }

    void calm() {
        isCalm = true;
    }

    /** From now on readers that begin live find nodes that lack the latest records. */
    void missing(final int newMissing) {
        missing = newMissing;
    }

    int openReaders() {
        return openReaders;
    }

    int mostOpenReaders() {
        return mostOpenReaders;
    }

    int openedReaders() {
        return openedReaders;
    }

    /** The number of the record behind a position that is a place between records. */
    int numberAt(final long position) {
        for (int i = size(); i >= 0; i--) {
            if (end(i) == position || (i < size() && endPositions.get(i) - framed(i) == position)) {
                return i;
            }
        }
        throw new AssertionError("no record begins at " + position);
    }

    RecordReader open(final StartPosition start, final SubscriberListener listener) {
        openReaders++;
        openedReaders++;
        mostOpenReaders = Math.max(mostOpenReaders, openReaders);
        return new Reader(start, listener);
    }

    private int framed(final int number) {
        return JournalFormat.framedLength(lengths.get(number));
    }

    private final class Reader implements RecordReader {
        private final StartPosition start;
        private final SubscriberListener listener;
        private int next = -1;
        // As a real one, it begins somewhere before a time and passes over what is older.
        private int skipBelow;
        private boolean isPositionKnown;
        private int connectDelay = random.nextInt(4);
        private int nodeId = -1;
        private int lag;
        private boolean isLost;
        private boolean isClosed;
        private boolean isPolling;

        private Reader(final StartPosition start, final SubscriberListener listener) {
            this.start = start;
            this.listener = listener;
            if (start.kind() == StartPosition.Kind.POSITION) {
                next = numberAt(start.value());
                isPositionKnown = true;
            }
        }

        @Override
        public int poll(final RecordHandler handler, final int recordLimit) {
            if (isClosed || isLost) {
                return 0;
            }
            if (nodeId < 0) {
                connect();
                return 0;
            }
            if (!isCalm && random.nextInt(200) == 0) {
                nodeId = -1;
                connectDelay = random.nextInt(6);
                listener.onNodeChanged(0, -1, "left");
                return 0;
            }
            isPolling = true;
            try {
                return deliver(handler, Math.min(recordLimit, isCalm ? 64 : random.nextInt(24)));
            } finally {
                isPolling = false;
            }
        }

        @Override
        public long position() {
            return isPositionKnown ? end(next) : -1;
        }

        @Override
        public int nodeId() {
            return nodeId;
        }

        @Override
        public void moveTo(final long position) {
            if (isPolling || isClosed) {
                throw new AssertionError("moved while it polls or is closed");
            }
            next = numberAt(position);
            skipBelow = 0;
            isPositionKnown = true;
            isLost = false;
            nodeId = -1;
        }

        @Override
        public void hint(final long journalPosition) {
            lag = 0;
        }

        @Override
        public void close() {
            if (!isClosed) {
                isClosed = true;
                openReaders--;
            }
        }

        @Override
        public String toString() {
            return "next " + next + " of " + size() + ", lag " + lag + ", lost " + isLost + ", closed " + isClosed;
        }

        private void connect() {
            if (connectDelay-- > 0) {
                return;
            }
            if (next < 0) {
                switch (start.kind()) {
                    case START -> next = firstReadable;
                    case LIVE -> next = size() - missing;
                    case TIME -> {
                        skipBelow = Math.max(firstReadable, (int) Math.min(start.value(), size()));
                        next = firstReadable + random.nextInt(skipBelow - firstReadable + 1);
                    }
                    case POSITION -> throw new AssertionError("known");
                }
                isPositionKnown = start.kind() != StartPosition.Kind.LIVE || random.nextBoolean();
            }
            if (next < firstReadable) {
                isLost = true;
                listener.onCursorLost(0, end(next), end(firstReadable));
                return;
            }
            nodeId = random.nextInt(3);
            lag = isCalm ? 0 : random.nextInt(5);
            listener.onNodeChanged(0, nodeId, "connected");
        }

        private int deliver(final RecordHandler handler, final int limit) {
            int count = 0;
            while (next < skipBelow && next < size() - lag) {
                next++;
            }
            while (count < limit && next < size() - lag && !isClosed) {
                final int length = lengths.get(next);
                scratch.putInt(64, next);
                scratch.putLong(64 + RecordLayout.TIMESTAMP_OFFSET, next, ByteOrder.LITTLE_ENDIAN);
                final Action action = handler.onRecord(scratch, 64, length, endPositions.get(next));
                if (action == Action.ABORT) {
                    break;
                }
                next++;
                count++;
                isPositionKnown = true;
                if (action == Action.BREAK) {
                    break;
                }
            }
            if (count == 0 && random.nextInt(4) == 0) {
                isPositionKnown = true;
            }
            if (random.nextInt(8) == 0) {
                lag = Math.max(0, lag - 1);
            }
            return count;
        }
    }
}
