package claviger;

/** The clocks of a verifier. */
interface Clocks {
  /** A clock that goes on while the machine sleeps, in milliseconds from any origin: not later than it is. */
  long bootMs();

  /** The same clock: not earlier than it is. */
  long bootMsAtMost();

  /** Epoch seconds. */
  long wall();

  static Clocks ofThisMachine() {
    return LinuxClocks.exist() ? new LinuxClocks() : new CombinedClocks();
  }
}
