package io.lockstep.cluster.core;

import io.lockstep.access.rules.Principal;
import io.lockstep.codecs.ApplyAccessRulesDecoder;
import io.lockstep.codecs.DescribeAccessRulesDecoder;
import io.lockstep.codecs.TellRefusalDecoder;
import java.nio.charset.StandardCharsets;
import org.agrona.DirectBuffer;

/** The commands about access rules. */
final class AccessCommands implements CommandFamily {
    private static final int REFUSAL_TEXTS = 5;

    private final ApplyAccessRulesDecoder apply = new ApplyAccessRulesDecoder();
    private final DescribeAccessRulesDecoder describe = new DescribeAccessRulesDecoder();
    private final TellRefusalDecoder tell = new TellRefusalDecoder();
    private final AccessHandler handler;

    AccessCommands(final AccessHandler handler) {
        this.handler = handler;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isOwnerOf(final int templateId) {
        final boolean isKnown = templateId == ApplyAccessRulesDecoder.TEMPLATE_ID
                || templateId == DescribeAccessRulesDecoder.TEMPLATE_ID
                || templateId == TellRefusalDecoder.TEMPLATE_ID;
        return isKnown && handler.isOn();
    }

    /** {@inheritDoc} */
    @Override
    public boolean onCommand(
            final long clusterSessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        return switch (WireShape.templateId(buffer, offset)) {
            case ApplyAccessRulesDecoder.TEMPLATE_ID -> onApply(clusterSessionId, logPosition, buffer, offset, length);
            case DescribeAccessRulesDecoder.TEMPLATE_ID -> onDescribe(clusterSessionId, buffer, offset, length);
            default -> onTellRefusal(clusterSessionId, logPosition, buffer, offset, length);
        };
    }

    private boolean onApply(
            final long clusterSessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.wrap(apply, buffer, offset, length) || !WireShape.isBoolean(apply.checkOnlyRaw())) {
            return false;
        }
        final int index = WireShape.endOfBlock(buffer, offset);
        final int end = WireShape.endOfBytes(buffer, index, offset + length);
        if (end == WireShape.MALFORMED) {
            return false;
        }
        final int textOffset = index + ApplyAccessRulesDecoder.rulesHeaderLength();
        handler.onApply(
                clusterSessionId,
                logPosition,
                apply.correlationId(),
                apply.newVersion(),
                WireShape.isTrue(apply.checkOnlyRaw()),
                QueryHandler.copy(buffer, textOffset, end - textOffset));
        return true;
    }

    private boolean onTellRefusal(
            final long clusterSessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.wrap(tell, buffer, offset, length)) {
            return false;
        }
        final String[] texts = new String[REFUSAL_TEXTS];
        int index = WireShape.endOfBlock(buffer, offset);
        for (int i = 0; i < texts.length; i++) {
            final int end = WireShape.endOfText(buffer, index, offset + length);
            if (end == WireShape.MALFORMED) {
                return false;
            }
            final int text = index + TellRefusalDecoder.userHeaderLength();
            texts[i] = new String(QueryHandler.copy(buffer, text, end - text), StandardCharsets.UTF_8);
            index = end;
        }
        handler.onTellRefusal(
                clusterSessionId,
                logPosition,
                tell.correlationId(),
                tell.unsaidCount(),
                new Principal(texts[0].isEmpty() ? null : texts[0], texts[1]),
                texts[2],
                texts[3].isEmpty() ? null : texts[3],
                texts[4]);
        return true;
    }

    private boolean onDescribe(
            final long clusterSessionId, final DirectBuffer buffer, final int offset, final int length) {
        if (!WireShape.wrap(describe, buffer, offset, length)) {
            return false;
        }
        handler.onDescribe(clusterSessionId, describe.correlationId(), describe.knownVersion());
        return true;
    }
}
