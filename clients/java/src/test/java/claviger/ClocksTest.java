package claviger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Clocks that go on while the machine sleeps. */
class ClocksTest {
  private long monotonic = 5_000;
  private long wall = 1_900_000_000_000L;
  private final CombinedClocks clocks = new CombinedClocks(() -> monotonic, () -> wall);

  private long after(long monotonicMs, long wallMs) {
    long before = clocks.bootMs();
    monotonic += monotonicMs;
    wall += wallMs;
    return clocks.bootMs() - before;
  }

  @Test
  void sleepIsCountedByTheWallClock() {
    assertEquals(20, after(20, 20));
    assertEquals(60_010, after(10, 60_010));
    assertEquals(10, after(10, 10));
  }

  @Test
  void wallClockThatIsSetBackStopsNothingAndHidesNoLaterSleep() {
    assertEquals(10, after(10, -3_600_000));
    assertEquals(4_000, after(0, 4_000));
  }

  @Test
  void wallClockThatIsSlewedIsCountedInTheLongRun() {
    long counted = 0;
    for (int step = 0; step < 1_000; step++) {
      counted += after(10, 11);
    }
    assertTrue(counted >= 11_000 - 50 && counted <= 11_000, counted + " ms");
  }

  @Test
  void clockOfLinuxIsThatOfTheKernelAndNeverEarly() throws Exception {
    if (!LinuxClocks.exist()) {
      assertTrue(Clocks.ofThisMachine() instanceof CombinedClocks);
      return;
    }
    Clocks linux = Clocks.ofThisMachine();
    assertTrue(linux instanceof LinuxClocks);
    for (int round = 0; round < 1_000; round++) {
      long nanos = System.nanoTime();
      long before = linux.bootMs();
      double uptime = Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ")[0]) * 1_000;
      long atMost = linux.bootMsAtMost();
      long tookMs = (System.nanoTime() - nanos) / 1_000_000;
      String told = before + " " + uptime + " " + atMost + " in " + tookMs;
      assertTrue(before <= uptime + 0.5 && uptime <= atMost && atMost - before <= tookMs + 30, told);
    }
  }
}
