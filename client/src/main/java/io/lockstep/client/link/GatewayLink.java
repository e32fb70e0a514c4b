package io.lockstep.client.link;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Image;
import io.aeron.Publication;
import io.aeron.Subscription;
import io.aeron.exceptions.AeronException;
import io.aeron.logbuffer.FragmentHandler;
import io.aeron.logbuffer.Header;
import io.lockstep.codecs.GatewayByeEncoder;
import io.lockstep.codecs.GatewayHelloEncoder;
import io.lockstep.codecs.GatewayKeepAliveEncoder;
import io.lockstep.codecs.GatewayRefusal;
import io.lockstep.codecs.GatewayRefusedDecoder;
import io.lockstep.codecs.GatewayWelcomeDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.ErrorHandler;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A client's session with a gateway, made again by itself when it is lost: with the next gateway at once, and when all of
 * them failed with exponential back-off and jitter, for ever until closed. Owned by the thread that owns the client.
 *
 * <table>
 *   <caption>States</caption>
 *   <tr><th>from</th><th>event</th><th>to</th></tr>
 *   <tr><td>RESTING</td><td>time is over</td><td>CONNECTING</td></tr>
 *   <tr><td>CONNECTING</td><td>the gateway hears</td><td>GREETING</td></tr>
 *   <tr><td>CONNECTING, GREETING</td><td>error, refusal or time-out</td><td>RESTING</td></tr>
 *   <tr><td>GREETING</td><td>welcome</td><td>OPEN</td></tr>
 *   <tr><td>OPEN</td><td>silence, or the stream ended</td><td>RESTING</td></tr>
 *   <tr><td>any</td><td>close</td><td>CLOSED</td></tr>
 * </table>
 */
final class GatewayLink implements AutoCloseable {
    private enum State {
        RESTING,
        CONNECTING,
        GREETING,
        OPEN,
        CLOSED
    }

    private static final long FIRST_BACK_OFF_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long MAX_BACK_OFF_NS = TimeUnit.SECONDS.toNanos(2);
    private static final int FRAME_LIMIT = 256;
    // A term of 64 KiB carries a frame of at most the MTU, which is less.
    private static final int MAX_FRAME_LENGTH = 64 << 10;
    private static final int KEEP_ALIVES_PER_TIMEOUT = 4;

    private final Aeron aeron;
    private final List<GatewayAddress> gateways;
    private final String clientName;
    private final String user;
    private final byte[] password;
    private final long attemptTimeoutNs;
    private final ErrorHandler errorHandler;
    private final LinkListener listener;
    private final LinkDecoder decoder;
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final UnsafeBuffer frame = new UnsafeBuffer(new byte[MAX_FRAME_LENGTH]);
    private final ExpandableArrayBuffer scratch = new ExpandableArrayBuffer();
    private final GatewayKeepAliveEncoder keepAlive = new GatewayKeepAliveEncoder();
    private final FragmentHandler fragmentHandler = this::onFragment;
    private final MessageTaker taker = this::onMessage;

    private State state = State.RESTING;
    private int gatewayIndex = -1;
    private int failedAttempts;
    private long retryNs;
    private long backOffNs = FIRST_BACK_OFF_NS;
    private long deadlineNs;
    private long subscriptionId = Aeron.NULL_VALUE;
    private long publicationId = Aeron.NULL_VALUE;
    private int responseStreamId;
    private Subscription subscription;
    // The only one that is read: one that comes after it begins behind what was lost between them.
    private Image image;
    private ExclusivePublication publication;
    private FrameWriter writer;
    private FrameReader reader = new FrameReader(LinkProtocol.MAX_MESSAGE_LENGTH);
    private boolean isRefusedNow;
    private boolean hasHeard;
    private long sessionId;
    private long timeoutNs;
    private long heardNs;
    private long saidNs;
    private String lastError = "no gateway answered";
    private String refusal;

    GatewayLink(
            final Aeron aeron,
            final List<GatewayAddress> gateways,
            final String clientName,
            final String user,
            final byte[] password,
            final long attemptTimeoutNs,
            final ErrorHandler errorHandler,
            final LinkListener listener,
            final long nowNs) {
        this.aeron = aeron;
        this.gateways = List.copyOf(gateways);
        this.clientName = clientName;
        this.user = user;
        this.password = password;
        this.attemptTimeoutNs = attemptTimeoutNs;
        this.errorHandler = errorHandler;
        this.listener = listener;
        this.decoder = new LinkDecoder(listener);
        this.retryNs = nowNs;
    }

    int doWork(final long nowNs) {
        try {
            return switch (state) {
                case RESTING -> nowNs - retryNs >= 0 ? connect(nowNs) : 0;
                case CONNECTING -> awaitConnected(nowNs);
                case GREETING -> awaitWelcome(nowNs);
                case OPEN -> work(nowNs);
                case CLOSED -> 0;
            };
        } catch (final AeronException ex) {
            fail(nowNs, ex.getMessage());
            return 1;
        }
    }

    boolean isOpen() {
        return state == State.OPEN;
    }

    String lastError() {
        return lastError;
    }

    /** Why the client is not let in, where asking again will not help; else null. */
    String refusal() {
        return refusal;
    }

    GatewayAddress gateway() {
        return gateways.get(Math.max(gatewayIndex, 0));
    }

    /** Where to encode a message that is offered then. */
    ExpandableArrayBuffer scratch() {
        return scratch;
    }

    MessageHeaderEncoder header() {
        return header;
    }

    /** Sends what was encoded at the beginning of the scratch buffer. */
    long offerScratch(final int length) {
        if (state != State.OPEN) {
            return Publication.NOT_CONNECTED;
        }
        return writer.offer(scratch, 0, length);
    }

    @Override
    public void close() {
        if (state != State.CLOSED) {
            if (state == State.OPEN) {
                final GatewayByeEncoder bye = new GatewayByeEncoder()
                        .wrapAndApplyHeader(scratch, 0, header)
                        .sessionId(sessionId);
                writer.offer(scratch, 0, MessageHeaderEncoder.ENCODED_LENGTH + bye.encodedLength());
            }
            state = State.CLOSED;
            closeStreams();
        }
    }

    private int connect(final long nowNs) {
        gatewayIndex = (gatewayIndex + 1) % gateways.size();
        final GatewayAddress gateway = gateways.get(gatewayIndex);
        deadlineNs = nowNs + attemptTimeoutNs;
        isRefusedNow = false;
        reader = new FrameReader(LinkProtocol.MAX_MESSAGE_LENGTH);
        // Away from the streams that nodes use, and no other one's of this driver.
        responseStreamId = ((int) aeron.nextCorrelationId() & 0x3FFF_FFFF) | 0x4000_0000;
        subscriptionId = aeron.asyncAddSubscription(gateway.responseChannel(), responseStreamId);
        publicationId = aeron.asyncAddExclusivePublication(
                gateway.requestChannel() + '|' + LinkProtocol.TERM_LENGTH + "|response-correlation-id="
                        + subscriptionId,
                LinkProtocol.REQUEST_STREAM_ID);
        state = State.CONNECTING;
        return 1;
    }

    private int awaitConnected(final long nowNs) {
        if (subscription == null) {
            subscription = aeron.getSubscription(subscriptionId);
        }
        if (publication == null) {
            publication = aeron.getExclusivePublication(publicationId);
        }
        if (subscription == null || publication == null || !publication.isConnected()) {
            return failWhereOverdue(nowNs, "gateway " + gateway() + " does not answer");
        }
        writer = new FrameWriter(new PublicationSink(publication), frame);
        final GatewayHelloEncoder hello = new GatewayHelloEncoder()
                .wrapAndApplyHeader(scratch, 0, header)
                .protocolVersion(LinkProtocol.VERSION)
                .responseStreamId(responseStreamId)
                .clientName(clientName)
                .user(user)
                .putPassword(password, 0, password.length);
        if (writer.offer(scratch, 0, MessageHeaderEncoder.ENCODED_LENGTH + hello.encodedLength()) <= 0) {
            return failWhereOverdue(nowNs, "gateway " + gateway() + " takes nothing");
        }
        state = State.GREETING;
        return 1;
    }

    private int awaitWelcome(final long nowNs) {
        if (image == null) {
            // One look: another thread exchanges the images.
            final List<Image> images = subscription.images();
            image = images.isEmpty() ? null : images.get(0);
        }
        final int count = image == null ? 0 : image.poll(fragmentHandler, FRAME_LIMIT);
        if (state == State.OPEN) {
            heardNs = nowNs;
            saidNs = nowNs;
            return count;
        }
        if (state != State.GREETING) {
            return count;
        }
        if (isRefusedNow) {
            fail(nowNs, lastError);
            return count;
        }
        if (isStreamOver()) {
            fail(nowNs, "gateway " + gateway() + " went away");
            return count;
        }
        return count + failWhereOverdue(nowNs, "gateway " + gateway() + " does not let the client in");
    }

    private int work(final long nowNs) {
        hasHeard = false;
        int count = image.poll(fragmentHandler, FRAME_LIMIT);
        if (state != State.OPEN) {
            return count;
        }
        heardNs = hasHeard ? nowNs : heardNs;
        if (isRefusedNow || reader.isBroken()) {
            fail(nowNs, isRefusedNow ? lastError : "gateway " + gateway() + " does not keep to the protocol");
            return count + 1;
        }
        if (isStreamOver() || nowNs - heardNs > timeoutNs) {
            fail(nowNs, "gateway " + gateway() + " went away");
            return count + 1;
        }
        writer.flush();
        if (nowNs - saidNs > timeoutNs / KEEP_ALIVES_PER_TIMEOUT) {
            keepAlive.wrapAndApplyHeader(scratch, 0, header).sessionId(sessionId);
            if (writer.offer(scratch, 0, MessageHeaderEncoder.ENCODED_LENGTH + GatewayKeepAliveEncoder.BLOCK_LENGTH)
                    > 0) {
                saidNs = nowNs;
                count++;
            }
        }
        return count;
    }

    private boolean isStreamOver() {
        return (image != null && image.isClosed()) || !publication.isConnected();
    }

    private int failWhereOverdue(final long nowNs, final String reason) {
        if (nowNs - deadlineNs < 0) {
            return 0;
        }
        fail(nowNs, reason);
        return 1;
    }

    private void fail(final long nowNs, final String reason) {
        final boolean wasOpen = state == State.OPEN;
        lastError = reason;
        closeStreams();
        state = State.RESTING;
        retryNs = nowNs;
        failedAttempts = wasOpen ? 0 : failedAttempts + 1;
        if (failedAttempts >= gateways.size()) {
            failedAttempts = 0;
            retryNs = nowNs + backOffNs / 2 + ThreadLocalRandom.current().nextLong(backOffNs / 2 + 1);
            backOffNs = Math.min(backOffNs * 2, MAX_BACK_OFF_NS);
        }
        if (wasOpen) {
            listener.onLost();
        }
    }

    private void closeStreams() {
        // What was asked for and is not there yet is removed by its id.
        if (subscription == null && subscriptionId != Aeron.NULL_VALUE) {
            aeron.asyncRemoveSubscription(subscriptionId);
        }
        if (publication == null && publicationId != Aeron.NULL_VALUE) {
            aeron.asyncRemovePublication(publicationId);
        }
        CloseHelper.close(errorHandler, publication);
        CloseHelper.close(errorHandler, subscription);
        publication = null;
        subscription = null;
        image = null;
        writer = null;
        publicationId = Aeron.NULL_VALUE;
        subscriptionId = Aeron.NULL_VALUE;
    }

    private void onFragment(final DirectBuffer buffer, final int offset, final int length, final Header frameHeader) {
        hasHeard = true;
        reader.onFrame(buffer, offset, length, taker);
    }

    private boolean onMessage(final DirectBuffer buffer, final int offset, final int length) {
        headerDecoder.wrap(buffer, offset);
        switch (headerDecoder.templateId()) {
            case GatewayWelcomeDecoder.TEMPLATE_ID -> {
                if (state == State.GREETING) {
                    onWelcome(new GatewayWelcomeDecoder().wrapAndApplyHeader(buffer, offset, headerDecoder));
                }
            }
            case GatewayRefusedDecoder.TEMPLATE_ID ->
                onRefused(new GatewayRefusedDecoder().wrapAndApplyHeader(buffer, offset, headerDecoder));
            default -> {
                if (state == State.OPEN) {
                    decoder.decode(headerDecoder, buffer, offset);
                }
            }
        }
        return true;
    }

    private void onWelcome(final GatewayWelcomeDecoder welcome) {
        state = State.OPEN;
        sessionId = welcome.sessionId();
        timeoutNs = welcome.timeoutNs();
        failedAttempts = 0;
        backOffNs = FIRST_BACK_OFF_NS;
        refusal = null;
        listener.onOpened(welcome.shardCount());
    }

    private void onRefused(final GatewayRefusedDecoder refused) {
        isRefusedNow = true;
        final GatewayRefusal code = refused.refusal();
        lastError = "gateway " + gateway() + " refused: " + code + ", " + refused.reason();
        if (code == GatewayRefusal.BAD_CREDENTIALS
                || code == GatewayRefusal.NOT_ALLOWED
                || code == GatewayRefusal.BAD_VERSION) {
            refusal = lastError;
        }
    }
}
