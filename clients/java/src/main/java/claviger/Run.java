package claviger;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** Entries in one piece of memory, of 32 bytes each, sorted by digest. It never changes. */
final class Run {
  /** Two words of the digest, {@code before}, {@code forget_after}. */
  private static final int WORDS = 4;

  private final long[] words;

  private Run(long[] words) {
    this.words = words;
  }

  /** {@code before} and {@code forget_after} of one thing. */
  record Cut(long before, long forgetAfter) {
    /** The highest {@code before} counts, and the later {@code forget_after}. */
    Cut or(Cut other) {
      return new Cut(Math.max(before, other.before), Math.max(forgetAfter, other.forgetAfter));
    }
  }

  static Run of(TreeMap<Digest, Cut> cuts) {
    long[] words = new long[cuts.size() * WORDS];
    int at = 0;
    for (Map.Entry<Digest, Cut> cut : cuts.entrySet()) {
      words[at++] = cut.getKey().high();
      words[at++] = cut.getKey().low();
      words[at++] = cut.getValue().before();
      words[at++] = cut.getValue().forgetAfter();
    }
    return new Run(words);
  }

  int size() {
    return words.length / WORDS;
  }

  long bytes() {
    return 8L * words.length;
  }

  /** The lowest position that is not cut; 0 for a thing that is not here. */
  long before(Digest digest) {
    int index = find(digest);
    return index < 0 ? 0 : words[index * WORDS + 2];
  }

  boolean has(Digest digest) {
    return find(digest) >= 0;
  }

  Digest digest(int index) {
    return new Digest(words[index * WORDS], words[index * WORDS + 1]);
  }

  /** Both in one, in which a thing is once. */
  Run merged(Run other) {
    long[] merged = new long[words.length + other.words.length];
    int left = 0;
    int right = 0;
    int at = 0;
    while (left < size() || right < other.size()) {
      int order = left == size() ? 1 : right == other.size() ? -1 : digest(left).compareTo(other.digest(right));
      Run source = order <= 0 ? this : other;
      System.arraycopy(source.words, (order <= 0 ? left : right) * WORDS, merged, at, WORDS);
      if (order == 0) {
        merged[at + 2] = Math.max(merged[at + 2], other.words[right * WORDS + 2]);
        merged[at + 3] = Math.max(merged[at + 3], other.words[right * WORDS + 3]);
      }
      left += order <= 0 ? 1 : 0;
      right += order >= 0 ? 1 : 0;
      at += WORDS;
    }
    return new Run(Arrays.copyOf(merged, at));
  }

  /** Without the entries that mattered only before this second. */
  Run since(long second) {
    long[] kept = new long[words.length];
    int at = 0;
    for (int index = 0; index < words.length; index += WORDS) {
      if (words[index + 3] >= second) {
        System.arraycopy(words, index, kept, at, WORDS);
        at += WORDS;
      }
    }
    return at == words.length ? this : new Run(Arrays.copyOf(kept, at));
  }

  private int find(Digest digest) {
    int low = 0;
    int high = size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = digest(middle).compareTo(digest);
      if (order == 0) {
        return middle;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }
}
