package io.lockstep.client;

import java.util.Objects;

/**
 * A subscription that a session adds or ends.
 *
 * @param isSubscribing whether it is added.
 * @param filter        topic filter, 1 to 1,024 bytes.
 * @param identifier    MQTT's subscription identifier, 0 for none; not read where it ends.
 * @param options       MQTT's subscription options; not read where it ends.
 */
public record SubscriptionChange(boolean isSubscribing, String filter, int identifier, int options) {
    /** Checks that there is a filter. */
    public SubscriptionChange {
        Objects.requireNonNull(filter, "filter");
    }
}
