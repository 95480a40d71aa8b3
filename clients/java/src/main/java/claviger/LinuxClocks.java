package claviger;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** CLOCK_BOOTTIME of Linux, which Java has no method for: the first number of {@code /proc/uptime}. */
final class LinuxClocks implements Clocks {
  private static final String FILE = "/proc/uptime";
  /** The file has two digits behind the point. */
  private static final long GRANULARITY_MS = 10;

  private final byte[] read = new byte[64];
  private final RandomAccessFile file;

  LinuxClocks() {
    try {
      file = new RandomAccessFile(FILE, "r");
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  static boolean exist() {
    try (RandomAccessFile file = new RandomAccessFile(FILE, "r")) {
      return parse(file.readLine()) > 0;
    } catch (IOException | RuntimeException error) {
      return false;
    }
  }

  /** Fails with {@link UncheckedIOException} if the file cannot be read. No request of the feed is sent then. */
  @Override
  public synchronized long bootMs() {
    try {
      file.seek(0);
      int length = file.read(read);
      return parse(new String(read, 0, Math.max(length, 0), StandardCharsets.US_ASCII));
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  /** Later than every lease if the file cannot be read. */
  @Override
  public long bootMsAtMost() {
    try {
      return bootMs() + GRANULARITY_MS;
    } catch (UncheckedIOException error) {
      return Long.MAX_VALUE / 2;
    }
  }

  @Override
  public long wall() {
    return Math.floorDiv(System.currentTimeMillis(), 1_000L);
  }

  private static long parse(String line) {
    int point = line.indexOf('.');
    return Long.parseLong(line.substring(0, point)) * 1_000
        + Long.parseLong(line.substring(point + 1, point + 3)) * GRANULARITY_MS;
  }
}
