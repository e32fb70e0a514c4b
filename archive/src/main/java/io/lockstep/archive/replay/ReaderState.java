package io.lockstep.archive.replay;

/**
 * What a {@link JournalReader} is doing.
 *
 * <table>
 * <caption>Transitions</caption>
 * <tr><th>from</th><th>to</th><th>when</th></tr>
 * <tr><td>RESTING</td><td>CONNECTING</td><td>the pause between two rounds of attempts is over</td></tr>
 * <tr><td>CONNECTING</td><td>FOLLOWING</td><td>the replay's image is there</td></tr>
 * <tr><td>CONNECTING</td><td>RESTING</td><td>the attempt failed</td></tr>
 * <tr><td>CONNECTING, FOLLOWING</td><td>LOST</td><td>every node says that it has not got the position, or
 * those that answer have said so for the time-out</td></tr>
 * <tr><td>FOLLOWING</td><td>RESTING</td><td>the node went silent, is behind, or sent a bad record</td></tr>
 * <tr><td>FOLLOWING, RESTING, CONNECTING, LOST</td><td>RESTING</td><td>the owner moved the reader</td></tr>
 * <tr><td>FAILED</td><td>RESTING</td><td>the owner gave the reader another Aeron client</td></tr>
 * <tr><td>any but CLOSED</td><td>FAILED</td><td>the reader's Aeron client is closed, its driver probably dead</td></tr>
 * <tr><td>any</td><td>CLOSED</td><td>the owner closed the reader</td></tr>
 * </table>
 */
public enum ReaderState {
    /** Between two attempts. */
    RESTING,
    /** Asking a node for a replay. */
    CONNECTING,
    /** Reading from a node. */
    FOLLOWING,
    /** The position is gone everywhere; see {@link JournalReaderListener#onCursorLost}. */
    LOST,
    /** The Aeron client is closed; see {@link JournalReader#useAeron}. */
    FAILED,
    /** Closed by the owner. */
    CLOSED;

    boolean canMoveTo(final ReaderState next) {
        return switch (next) {
            case RESTING -> this != CLOSED;
            case CONNECTING -> this == RESTING;
            case FOLLOWING -> this == CONNECTING;
            case LOST -> this == CONNECTING || this == FOLLOWING;
            case FAILED -> this != CLOSED;
            case CLOSED -> true;
        };
    }
}
