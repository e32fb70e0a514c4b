package io.lockstep.cluster.core;

import io.lockstep.codecs.ApplyAccessRulesDecoder;
import io.lockstep.codecs.DescribeAccessRulesDecoder;
import io.lockstep.codecs.ResultCode;
import org.agrona.DirectBuffer;

/** The commands about access rules. */
final class AccessCommands implements CommandFamily {
    private final ApplyAccessRulesDecoder apply = new ApplyAccessRulesDecoder();
    private final DescribeAccessRulesDecoder describe = new DescribeAccessRulesDecoder();
    private final AccessHandler handler;
    private final ReplyProxy replies;

    AccessCommands(final AccessHandler handler, final ReplyProxy replies) {
        this.handler = handler;
        this.replies = replies;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isOwnerOf(final int templateId) {
        return templateId == ApplyAccessRulesDecoder.TEMPLATE_ID
                || templateId == DescribeAccessRulesDecoder.TEMPLATE_ID;
    }

    /** {@inheritDoc} */
    @Override
    public boolean onCommand(
            final long clusterSessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        return WireShape.templateId(buffer, offset) == ApplyAccessRulesDecoder.TEMPLATE_ID
                ? onApply(clusterSessionId, logPosition, buffer, offset, length)
                : onDescribe(clusterSessionId, buffer, offset, length);
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
        if (!handler.isOn()) {
            replies.commandReply(clusterSessionId, apply.correlationId(), ResultCode.UNSUPPORTED, 0);
            return true;
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

    private boolean onDescribe(
            final long clusterSessionId, final DirectBuffer buffer, final int offset, final int length) {
        if (!WireShape.wrap(describe, buffer, offset, length)) {
            return false;
        }
        if (handler.isOn()) {
            handler.onDescribe(clusterSessionId, describe.correlationId(), describe.knownVersion());
        } else {
            replies.commandReply(clusterSessionId, describe.correlationId(), ResultCode.UNSUPPORTED, 0);
        }
        return true;
    }
}
