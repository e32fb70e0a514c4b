package io.lockstep.cluster.node;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what a part of a node said. */
final class RecordingListener implements NodeListener {
    final List<String> events = new CopyOnWriteArrayList<>();
    final List<String> errors = new CopyOnWriteArrayList<>();
    final List<String> failures = new CopyOnWriteArrayList<>();

    @Override
    public void onEvent(final String line) {
        events.add(line);
    }

    @Override
    public void onError(final Throwable throwable) {
        errors.add(throwable.getMessage());
    }

    @Override
    public void onFailed(final String reason) {
        failures.add(reason);
    }
}
