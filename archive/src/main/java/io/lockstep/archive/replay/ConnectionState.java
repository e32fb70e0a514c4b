package io.lockstep.archive.replay;

/**
 * How far a {@link ReplayConnection} has come.
 *
 * <table>
 * <caption>Transitions</caption>
 * <tr><th>from</th><th>to</th><th>when</th></tr>
 * <tr><td>CONNECTING</td><td>LISTING</td><td>the archive accepted the control session</td></tr>
 * <tr><td>LISTING</td><td>LOCATING</td><td>the shard's newest recording is known</td></tr>
 * <tr><td>LOCATING</td><td>LOCATED</td><td>its recorded end is known; the owner says where to begin</td></tr>
 * <tr><td>LOCATED, REPLAYING</td><td>SUBSCRIBING</td><td>the owner asked for a replay, a running one is stopped</td></tr>
 * <tr><td>SUBSCRIBING</td><td>ADDING_REQUEST</td><td>remote: the subscription is there</td></tr>
 * <tr><td>SUBSCRIBING</td><td>AWAITING_REPLAY</td><td>local: the subscription is there</td></tr>
 * <tr><td>ADDING_REQUEST</td><td>AWAITING_TOKEN</td><td>the publication that binds the replay is connected</td></tr>
 * <tr><td>AWAITING_TOKEN</td><td>AWAITING_REPLAY</td><td>the archive gave a token</td></tr>
 * <tr><td>AWAITING_REPLAY</td><td>AWAITING_IMAGE</td><td>the archive accepted the replay</td></tr>
 * <tr><td>AWAITING_IMAGE</td><td>REPLAYING</td><td>the image is there</td></tr>
 * <tr><td>any but CLOSED</td><td>FAILED</td><td>an error, or the attempt took too long</td></tr>
 * <tr><td>any</td><td>CLOSED</td><td>the owner closed it</td></tr>
 * </table>
 */
enum ConnectionState {
    CONNECTING,
    LISTING,
    LOCATING,
    LOCATED,
    SUBSCRIBING,
    ADDING_REQUEST,
    AWAITING_TOKEN,
    AWAITING_REPLAY,
    AWAITING_IMAGE,
    REPLAYING,
    FAILED,
    CLOSED;

    boolean canMoveTo(final ConnectionState next) {
        return switch (next) {
            case CONNECTING -> false;
            case LISTING -> this == CONNECTING;
            case LOCATING -> this == LISTING;
            case LOCATED -> this == LOCATING;
            case SUBSCRIBING -> this == LOCATED || this == REPLAYING;
            case ADDING_REQUEST -> this == SUBSCRIBING;
            case AWAITING_TOKEN -> this == ADDING_REQUEST;
            case AWAITING_REPLAY -> this == SUBSCRIBING || this == AWAITING_TOKEN;
            case AWAITING_IMAGE -> this == AWAITING_REPLAY;
            case REPLAYING -> this == AWAITING_IMAGE;
            case FAILED -> this != CLOSED;
            case CLOSED -> true;
        };
    }
}
