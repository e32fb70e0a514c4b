package io.lockstep.cluster.core;

import io.lockstep.access.rules.Principal;
import io.lockstep.codecs.ResultCode;
import java.nio.charset.StandardCharsets;

/** Tells in the audit topic which messages were refused by the access rules. */
final class PublishRefusals {
    private final AccessPublishRule rule;
    private final AccessAudit audit;

    PublishRefusals(final AccessPublishRule rule, final AccessAudit audit) {
        this.rule = rule;
        this.audit = audit;
    }

    /** A message was refused, for whatever reason; its traits were read where the code is that of the access rules. */
    void onRefused(final ResultCode code, final MessageContent content, final long logPosition) {
        if (code != ResultCode.NOT_AUTHORIZED || !rule.isOn()) {
            return;
        }
        final Principal principal = rule.whoOf(content).principal();
        final byte[] name = QueryHandler.copy(content.buffer(), content.nameOffset(), content.nameLength());
        audit.tell(principal, "publish", new String(name, StandardCharsets.UTF_8), logPosition);
    }
}
