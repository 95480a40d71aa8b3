package claviger;

import java.util.function.LongSupplier;

/**
 * Where Java can read no clock that goes on while the machine sleeps: {@link System#nanoTime}, advanced whenever the
 * wall clock jumps ahead of it. That is so after a sleep. It is so too when the wall clock is set ahead; then leases end
 * early.
 */
final class CombinedClocks implements Clocks {
  /** Less is jitter. It is added once it has grown to this. */
  private static final long JUMP_MS = 50;

  private final LongSupplier monotonicMs;
  private final LongSupplier wallMs;
  private long difference;
  private long added;

  CombinedClocks() {
    this(() -> System.nanoTime() / 1_000_000, System::currentTimeMillis);
  }

  CombinedClocks(LongSupplier monotonicMs, LongSupplier wallMs) {
    this.monotonicMs = monotonicMs;
    this.wallMs = wallMs;
    difference = wallMs.getAsLong() - monotonicMs.getAsLong();
  }

  @Override
  public synchronized long bootMs() {
    long monotonic = monotonicMs.getAsLong();
    long now = wallMs.getAsLong() - monotonic;
    if (now - difference > JUMP_MS) {
      added += now - difference;
      difference = now;
    } else if (now < difference - JUMP_MS) {
      difference = now;
    }
    return monotonic + added;
  }

  @Override
  public long bootMsAtMost() {
    return bootMs() + JUMP_MS;
  }

  @Override
  public long wall() {
    return Math.floorDiv(wallMs.getAsLong(), 1_000L);
  }
}
