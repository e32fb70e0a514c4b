package io.lockstep.client.link;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.internal.ReadRequest;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CloseReadEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.OpenReadEncoder;
import io.lockstep.codecs.ReadCreditEncoder;
import io.lockstep.codecs.ReadStart;
import io.lockstep.topic.TopicFilter;
import java.util.List;

/** Writes what readers say to a gateway. Each call tells whether the gateway will get it. */
final class ReadMessages {
    private final GatewayLink link;
    private final OpenReadEncoder open = new OpenReadEncoder();
    private final ReadCreditEncoder credit = new ReadCreditEncoder();
    private final CloseReadEncoder close = new CloseReadEncoder();

    ReadMessages(final GatewayLink link) {
        this.link = link;
    }

    boolean offerOpen(final long readId, final ReadRequest request, final int creditBytes) {
        final List<TopicFilter> filters = request.selection().filters();
        open.wrapAndApplyHeader(link.scratch(), 0, link.header())
                .readId(readId)
                .startValue(request.start().value())
                .shardId(request.shardId())
                .creditBytes(creditBytes)
                .startKind(startOf(request.start()))
                .isEverything(request.selection().isEverything() ? BooleanType.TRUE : BooleanType.FALSE);
        final OpenReadEncoder.FiltersEncoder group = open.filtersCount(filters.size());
        for (final TopicFilter filter : filters) {
            group.next().filter(filter.toString());
        }
        return link.offerScratch(MessageHeaderEncoder.ENCODED_LENGTH + open.encodedLength()) > 0;
    }

    boolean offerCredit(final long readId, final long consumedBytes) {
        credit.wrapAndApplyHeader(link.scratch(), 0, link.header())
                .readId(readId)
                .consumedBytes(consumedBytes);
        return link.offerScratch(MessageHeaderEncoder.ENCODED_LENGTH + ReadCreditEncoder.BLOCK_LENGTH) > 0;
    }

    boolean offerClose(final long readId) {
        close.wrapAndApplyHeader(link.scratch(), 0, link.header()).readId(readId);
        return link.offerScratch(MessageHeaderEncoder.ENCODED_LENGTH + CloseReadEncoder.BLOCK_LENGTH) > 0;
    }

    private static ReadStart startOf(final StartPosition start) {
        return switch (start.kind()) {
            case START -> ReadStart.START;
            case LIVE -> ReadStart.LIVE;
            case POSITION -> ReadStart.POSITION;
            case TIME -> ReadStart.TIME;
        };
    }
}
