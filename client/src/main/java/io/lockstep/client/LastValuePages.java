package io.lockstep.client;

import io.lockstep.client.internal.ShardCall;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.ListRetainedEncoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.MessageRecordEncoder;
import io.lockstep.codecs.RecordHeaderEncoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.RetainedPageDecoder;
import io.lockstep.topic.TopicFilter;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The last values of one shard as records, filter by filter and page by page; the next page is asked for when all values
 * of the one before were taken, so that never more than a page is held. A value that matches several filters comes once.
 * A page that does not come is asked for again: pages do no harm twice. Belongs to the thread that owns the client.
 *
 * <p>The first page says where the journal ended. Values that are newer are left out from then on where that is wanted:
 * whoever reads the journal from there gets them.
 */
final class LastValuePages implements ShardCall.Listener {
    /** How a page is asked for. */
    interface Caller {
        /** Whether the shard can be asked: before it is seeded it knows no last values and would refuse. */
        boolean isReady();

        /** A number for a question that was not used before. */
        long nextCorrelationId();

        /** Asks; the listener is told the answer or that none came in time. */
        void call(DirectBuffer command, int lengthBytes, long correlationId, ShardCall.Listener listener);

        /** Gives up what was asked. */
        void cancel();
    }

    private static final long NO_POSITION = -1;

    private final int shardId;
    private final TopicFilter[] filters;
    private final boolean isContinued;
    private final Caller caller;
    private final ExpandableArrayBuffer command = new ExpandableArrayBuffer();
    private final ExpandableArrayBuffer page = new ExpandableArrayBuffer();
    private final ExpandableArrayBuffer record = new ExpandableArrayBuffer();
    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private final ListRetainedEncoder listRetained = new ListRetainedEncoder();
    private final MessageHeaderEncoder headerEncoder = new MessageHeaderEncoder();
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final RetainedPageDecoder pageDecoder = new RetainedPageDecoder();
    private final CommandReplyDecoder commandReply = new CommandReplyDecoder();
    private final MessageRecordEncoder recordEncoder = new MessageRecordEncoder();

    private RetainedPageDecoder.ValuesDecoder values;
    private String problem;
    private long journalPosition = NO_POSITION;
    private long position;
    private int recordLength;
    private int filterIndex;
    private int afterTopicId;
    private boolean isAsked;
    private boolean isLastPage;
    private boolean hasValue;

    /**
     * Nothing is asked yet.
     *
     * @param shardId     of the shard.
     * @param filters     at least one.
     * @param isContinued whether values that are newer than the first page are left out.
     * @param caller      asks.
     */
    LastValuePages(final int shardId, final TopicFilter[] filters, final boolean isContinued, final Caller caller) {
        this.shardId = shardId;
        this.filters = filters;
        this.isContinued = isContinued;
        this.caller = caller;
    }

    /**
     * Asks for a page where one is needed.
     *
     * @return 1 where something was done, else 0.
     * @throws LockstepException where the shard refused to tell.
     */
    int doWork() {
        if (problem != null) {
            throw new LockstepException(problem);
        }
        if (isAsked || hasValue || isDone() || !caller.isReady()) {
            return 0;
        }
        ask();
        return 1;
    }

    /** Whether there is a value to take now. */
    boolean hasValue() {
        return hasValue;
    }

    /** Whether all values were taken. */
    boolean isDone() {
        return filterIndex == filters.length;
    }

    /** End of the journal that the first page reflects, or -1 before it came. */
    long journalPosition() {
        return journalPosition;
    }

    /** The value as a record of a message. What a page does not tell is 0 there: sequence in the shard, place in the log. */
    DirectBuffer record() {
        return record;
    }

    int recordLength() {
        return recordLength;
    }

    /** Position behind the message. */
    long position() {
        return position;
    }

    /** The value was taken. */
    void next() {
        hasValue = false;
        while (!hasValue && values.hasNext()) {
            values.next();
            readValue();
        }
        if (!hasValue) {
            values = null;
            if (isLastPage) {
                filterIndex++;
                afterTopicId = 0;
            }
        }
    }

    /** Gives up. */
    void close() {
        caller.cancel();
    }

    /** {@inheritDoc} */
    @Override
    public void onAnswer(final int templateId, final DirectBuffer buffer, final int offset, final int length) {
        isAsked = false;
        if (templateId == RetainedPageDecoder.TEMPLATE_ID) {
            page.putBytes(0, buffer, offset, length);
            pageDecoder.wrapAndApplyHeader(page, 0, headerDecoder);
            if (journalPosition == NO_POSITION) {
                journalPosition = pageDecoder.journalPosition();
            }
            isLastPage = pageDecoder.isLast() == BooleanType.TRUE;
            afterTopicId = pageDecoder.scannedToTopicId();
            values = pageDecoder.values();
            next();
        } else if (templateId == CommandReplyDecoder.TEMPLATE_ID) {
            final ResultCode code = commandReply
                    .wrapAndApplyHeader(buffer, offset, headerDecoder)
                    .code();
            problem = code == ResultCode.UNSUPPORTED
                    ? "shard " + shardId + " keeps no last values: its feature level is below 3; raise it when all"
                            + " nodes run this release"
                    : "shard " + shardId + " refused to list its last values: " + code;
        }
    }

    /** {@inheritDoc} */
    @Override
    public void onTimeout() {
        isAsked = false;
    }

    private void ask() {
        final long correlationId = caller.nextCorrelationId();
        listRetained
                .wrapAndApplyHeader(command, 0, headerEncoder)
                .correlationId(correlationId)
                .afterTopicId(afterTopicId)
                .upToPosition(isContinued ? journalPosition : NO_POSITION)
                .filter(filters[filterIndex].toString());
        isAsked = true;
        caller.call(command, MessageHeaderEncoder.ENCODED_LENGTH + listRetained.encodedLength(), correlationId, this);
    }

    private void readValue() {
        recordEncoder.wrapAndApplyHeader(record, 0, headerEncoder);
        final RecordHeaderEncoder head = recordEncoder.recordHeader();
        head.crc32c(0).kind(RecordKind.MESSAGE);
        head.flags().clear();
        head.reserved(0).shardSequence(0).raftLogPosition(0).timestampNs(values.timestampNs());
        position = values.position();
        recordEncoder
                .topicSequence(values.topicSequence())
                .producerId(values.producerId())
                .producerSequence(values.producerSequence())
                .topicId(values.topicId());
        values.wrapTopicName(view);
        hasValue = !isMatchOfEarlierFilter(view);
        recordEncoder.putTopicName(view, 0, view.capacity());
        values.wrapHeaders(view);
        recordEncoder.putHeaders(view, 0, view.capacity());
        values.wrapPayload(view);
        recordEncoder.putPayload(view, 0, view.capacity());
        recordLength = MessageHeaderEncoder.ENCODED_LENGTH + recordEncoder.encodedLength();
    }

    private boolean isMatchOfEarlierFilter(final DirectBuffer name) {
        for (int i = 0; i < filterIndex; i++) {
            if (filters[i].matches(name, 0, name.capacity())) {
                return true;
            }
        }
        return false;
    }
}
