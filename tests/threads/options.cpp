// Options of ThreadSanitizer for this program: a forked child may start threads, which a test does.
extern "C" const char* __tsan_default_options();
extern "C" const char* __tsan_default_options() { return "die_after_fork=0"; }
