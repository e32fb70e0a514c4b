package io.lockstep.gateway.mqtt;

import io.netty.handler.codec.DecoderException;

/** A packet that breaks the protocol: the reason code that it is answered with, and one sentence for the client. */
final class BadPacketException extends DecoderException {
    private static final long serialVersionUID = 1L;

    private final int reasonCode;

    BadPacketException(final int reasonCode, final String sentence) {
        super(sentence);
        this.reasonCode = reasonCode;
    }

    static BadPacketException malformed(final String sentence) {
        return new BadPacketException(ReasonCodes.MALFORMED_PACKET, sentence);
    }

    static BadPacketException protocolError(final String sentence) {
        return new BadPacketException(ReasonCodes.PROTOCOL_ERROR, sentence);
    }

    int reasonCode() {
        return reasonCode;
    }

    /** Where it was thrown is of no interest, and clients may cause many. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
