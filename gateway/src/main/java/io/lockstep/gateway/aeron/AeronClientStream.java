package io.lockstep.gateway.aeron;

import io.aeron.Aeron;
import io.aeron.AeronCounters;
import io.aeron.ExclusivePublication;
import io.aeron.Image;
import io.aeron.exceptions.AeronException;
import io.aeron.logbuffer.ControlledFragmentHandler;
import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.client.link.FrameSink;
import io.lockstep.client.link.GatewayAddress;
import io.lockstep.client.link.LinkProtocol;
import io.lockstep.client.link.PublicationSink;
import java.util.function.Consumer;
import org.agrona.CloseHelper;
import org.agrona.concurrent.status.CountersReader;

/** The streams from and to one client over Aeron: its image, and a publication on the response channel. */
final class AeronClientStream implements ClientStream {
    private final Aeron aeron;
    private final GatewayAddress address;
    private final Image image;
    private final Consumer<String> logger;
    private final ControlledFragmentHandler handler;
    private FrameTaker taker;
    private long publicationId = Aeron.NULL_VALUE;
    private ExclusivePublication publication;
    private FrameSink sink;
    private boolean isClosed;

    AeronClientStream(
            final Aeron aeron, final GatewayAddress address, final Image image, final Consumer<String> logger) {
        this.aeron = aeron;
        this.address = address;
        this.image = image;
        this.logger = logger;
        this.handler = (buffer, offset, length, header) ->
                taker.onFrame(buffer, offset, length) ? Action.CONTINUE : Action.ABORT;
    }

    @Override
    public int poll(final FrameTaker newTaker, final int limit) {
        taker = newTaker;
        return image.controlledPoll(handler, limit);
    }

    @Override
    public boolean isGone() {
        return image.isClosed();
    }

    @Override
    public void answerOn(final int responseStreamId) {
        if (publicationId == Aeron.NULL_VALUE && !isClosed) {
            publicationId = aeron.asyncAddExclusivePublication(
                    address.responseChannel() + '|' + LinkProtocol.TERM_LENGTH + "|response-correlation-id="
                            + image.correlationId(),
                    responseStreamId);
        }
    }

    @Override
    public FrameSink sink() {
        if (sink == null && publicationId != Aeron.NULL_VALUE) {
            try {
                publication = publication == null ? aeron.getExclusivePublication(publicationId) : publication;
            } catch (final AeronException ex) {
                // The client went away meanwhile, or the ports are not those of the other side.
                logger.accept("no answer can go to a client: " + ex.getMessage());
                publicationId = Aeron.NULL_VALUE;
            }
            if (publication != null && publication.isConnected()) {
                sink = new PublicationSink(publication);
            }
        }
        return sink;
    }

    @Override
    public boolean isDeaf() {
        return sink != null && !publication.isConnected();
    }

    @Override
    public boolean isSent() {
        if (sink == null || !publication.isConnected()) {
            return true;
        }
        final CountersReader counters = aeron.countersReader();
        final int counterId = counters.findByTypeIdAndRegistrationId(
                AeronCounters.DRIVER_SENDER_POSITION_TYPE_ID, publication.registrationId());
        return counterId == CountersReader.NULL_COUNTER_ID
                || counters.getCounterValue(counterId) >= publication.position();
    }

    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            if (publication == null && publicationId != Aeron.NULL_VALUE) {
                aeron.asyncRemovePublication(publicationId);
            }
            CloseHelper.close(publication);
        }
    }

    @Override
    public void reject(final String reason) {
        if (!image.isClosed()) {
            image.reject(reason);
        }
    }
}
