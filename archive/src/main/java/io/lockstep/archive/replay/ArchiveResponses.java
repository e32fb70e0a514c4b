package io.lockstep.archive.replay;

import io.aeron.ControlledFragmentAssembler;
import io.aeron.Subscription;
import io.aeron.archive.codecs.ControlResponseCode;
import io.aeron.archive.codecs.ControlResponseDecoder;
import io.aeron.archive.codecs.MessageHeaderDecoder;
import io.aeron.archive.codecs.RecordingDescriptorDecoder;
import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.aeron.logbuffer.Header;
import org.agrona.DirectBuffer;

/**
 * Decodes what an archive answers on a control session: the response to the one request that is outstanding, and
 * recording descriptors, of which the newest is kept. Nothing blocks. Belongs to the thread of its reader.
 */
final class ArchiveResponses {
    private static final int FRAGMENT_LIMIT = 16;

    private final ControlledFragmentAssembler assembler = new ControlledFragmentAssembler(this::onFragment);
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final ControlResponseDecoder responseDecoder = new ControlResponseDecoder();
    private final RecordingDescriptorDecoder descriptorDecoder = new RecordingDescriptorDecoder();
    private final Subscription subscription;
    private final long controlSessionId;

    private long correlationId;
    private boolean hasResponse;
    private ControlResponseCode code;
    private long relevantId;
    private String errorMessage = "";

    private long recordingId = -1;
    private long startPosition;
    private long stopPosition;
    private int segmentLength;
    private int termLength;
    private int mtuLength;

    ArchiveResponses(final Subscription subscription, final long controlSessionId) {
        this.subscription = subscription;
        this.controlSessionId = controlSessionId;
    }

    /**
     * Names the request whose answer is awaited.
     *
     * @param newCorrelationId of the request.
     */
    void await(final long newCorrelationId) {
        correlationId = newCorrelationId;
        hasResponse = false;
        errorMessage = "";
    }

    int poll() {
        return subscription.controlledPoll(assembler, FRAGMENT_LIMIT);
    }

    boolean isConnected() {
        return subscription.isConnected();
    }

    boolean hasResponse() {
        return hasResponse;
    }

    ControlResponseCode code() {
        return code;
    }

    long relevantId() {
        return relevantId;
    }

    String errorMessage() {
        return errorMessage;
    }

    /** Id of the newest recording that was listed, or -1. */
    long recordingId() {
        return recordingId;
    }

    long startPosition() {
        return startPosition;
    }

    long stopPosition() {
        return stopPosition;
    }

    int segmentLength() {
        return segmentLength;
    }

    int termLength() {
        return termLength;
    }

    int mtuLength() {
        return mtuLength;
    }

    private Action onFragment(final DirectBuffer buffer, final int offset, final int length, final Header header) {
        headerDecoder.wrap(buffer, offset);
        if (headerDecoder.schemaId() != MessageHeaderDecoder.SCHEMA_ID) {
            return Action.CONTINUE;
        }
        final int bodyOffset = offset + MessageHeaderDecoder.ENCODED_LENGTH;
        if (headerDecoder.templateId() == ControlResponseDecoder.TEMPLATE_ID) {
            responseDecoder.wrap(buffer, bodyOffset, headerDecoder.blockLength(), headerDecoder.version());
            onResponse();
        } else if (headerDecoder.templateId() == RecordingDescriptorDecoder.TEMPLATE_ID) {
            descriptorDecoder.wrap(buffer, bodyOffset, headerDecoder.blockLength(), headerDecoder.version());
            onDescriptor();
        }
        return Action.CONTINUE;
    }

    private void onResponse() {
        if (responseDecoder.controlSessionId() == controlSessionId
                && responseDecoder.correlationId() == correlationId) {
            code = responseDecoder.code();
            relevantId = responseDecoder.relevantId();
            errorMessage = code == ControlResponseCode.ERROR ? responseDecoder.errorMessage() : "";
            hasResponse = true;
        }
    }

    private void onDescriptor() {
        if (descriptorDecoder.controlSessionId() == controlSessionId
                && descriptorDecoder.correlationId() == correlationId
                && descriptorDecoder.recordingId() > recordingId) {
            recordingId = descriptorDecoder.recordingId();
            startPosition = descriptorDecoder.startPosition();
            stopPosition = descriptorDecoder.stopPosition();
            segmentLength = descriptorDecoder.segmentFileLength();
            termLength = descriptorDecoder.termBufferLength();
            mtuLength = descriptorDecoder.mtuLength();
        }
    }
}
