package io.lockstep.gateway.mqtt;

import io.netty.buffer.ByteBufUtil;

/**
 * What clients are told when a gateway sends them elsewhere (MQTT 5.0, section 4.11). Immutable.
 *
 * @param isMoved         whether they are to go elsewhere for good (0x9D), and not for now only (0x9C).
 * @param serverReference where to, as the specification suggests: {@code host:port}, several with spaces between; empty where
 *                        they are to know themselves.
 */
public record DrainNotice(boolean isMoved, String serverReference) {
    private static final int MAX_REFERENCE_BYTES = 1_024;

    /** Checks the reference. */
    public DrainNotice {
        if (ByteBufUtil.utf8Bytes(serverReference) > MAX_REFERENCE_BYTES
                || serverReference.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("a server reference is at most " + MAX_REFERENCE_BYTES
                    + " bytes long and has no control characters");
        }
    }

    int reasonCode() {
        return isMoved ? ReasonCodes.SERVER_MOVED : ReasonCodes.USE_ANOTHER_SERVER;
    }
}
