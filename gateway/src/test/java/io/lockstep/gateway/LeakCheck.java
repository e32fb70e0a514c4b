package io.lockstep.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.util.ResourceLeakDetector;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a test class in which a Netty buffer was not released. Netty finds one when it was collected as garbage. */
public final class LeakCheck implements BeforeAllCallback, AfterAllCallback {
    private static final long TIMEOUT_MS = 10_000;
    private static final List<String> LEAKS = new CopyOnWriteArrayList<>();

    static {
        ByteBufUtil.setLeakListener((resourceType, records) -> LEAKS.add(resourceType + records));
    }

    @Override
    public void beforeAll(final ExtensionContext context) {
        assertEquals(ResourceLeakDetector.Level.PARANOID, ResourceLeakDetector.getLevel());
        LEAKS.clear();
    }

    @Override
    public void afterAll(final ExtensionContext context) throws InterruptedException {
        // The detector looks at what was collected whenever a buffer is made.
        for (int i = 0; i < 3; i++) {
            collectGarbage();
            ByteBufAllocator.DEFAULT.buffer(16).release();
        }
        assertEquals(List.of(), LEAKS, "buffers that were not released");
    }

    // References are enqueued by a thread of their own some time after the collection.
    private static void collectGarbage() throws InterruptedException {
        final ReferenceQueue<Object> queue = new ReferenceQueue<>();
        final WeakReference<Object> garbage = new WeakReference<>(new Object(), queue);
        System.gc();
        assertNotNull(queue.remove(TIMEOUT_MS), () -> "not collected: " + garbage.get());
    }
}
