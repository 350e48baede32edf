// A device as an engine sees it: memory, copies, and the order in which things happen.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "kernels/common/memory.h"
#include "kernels/common/precision.h"
#include "kernels/common/stream.h"
#include "runtime/src/back_end/facts.h"
#include "runtime/src/back_end/timeline.h"

namespace serene::runtime {

// Launches kept to be made again, in one go and with the same arguments.
class Graph {
 public:
  virtual ~Graph() = default;
  // Memory it takes on the device, as far as the device says.
  virtual size_t bytes() const = 0;
};

// A point in the order of things that the host can wait for. Belongs to the back end that made it.
class Event {
 public:
  virtual ~Event() = default;
};

// Not for several threads at a time. Everything throws Error(device) when the device fails, and allocations
// Error(out_of_memory).
class BackEnd {
 public:
  virtual ~BackEnd() = default;

  virtual const Stream& stream() const = 0;
  // "cpu avx512, 2 threads"
  virtual const std::string& name() const = 0;
  // How many clips of one length a pass should take together at most.
  virtual int64_t most_clips() const = 0;

  // Before anything else, in each call of an engine: threads may take turns.
  virtual void enter() {}

  // The host writes weights once, by Memory::host_copy, and kernels read them. Ends when every buffer of it
  // is gone.
  virtual Memory& weights() = 0;
  // After a model's last weight was written, and before the first launch.
  virtual void weights_are_written() {}
  // What kernels work in; the host need not reach it.
  virtual Memory& working() = 0;
  // What kernels work in, for passes that the host looks into.
  virtual Memory& visible() = 0;
  // The host's end of copies.
  virtual Memory& staging() = 0;

  // Kernels are done when their launch returns, and the host reaches all memory: what an arena gives back may
  // be poisoned.
  virtual bool poisons() const { return false; }

  // Host to device: done before what is launched later, beside what was launched before. Who writes to memory
  // that earlier launches read waits for them first.
  virtual void upload(void* to, const void* from, size_t bytes) = 0;
  // Device to host: after what was launched before, beside what is launched later.
  virtual void download(void* to, const void* from, size_t bytes) = 0;
  // On the device, in the order of launches.
  virtual void copy(void* to, const void* from, size_t bytes) = 0;
  // Where calls return when they are done, there is nothing to mark and to wait for.
  virtual std::unique_ptr<Event> event() { return std::make_unique<Event>(); }
  // The event is when every download asked for so far is done; a later mark moves it.
  virtual void mark(Event&) {}
  // Returns when it is reached; at once for one that was never marked.
  virtual void wait(Event&) {}
  // Returns when all that was asked for is done.
  virtual void finish() {}

  // What `launches` would do, without doing it; null where the device keeps no graphs.
  virtual std::unique_ptr<Graph> capture(const std::function<void()>& launches) = 0;
  virtual void launch(Graph& graph) = 0;

  // For a profile. By the host's clock, unless the device has its own.
  virtual std::unique_ptr<Timeline> timeline() { return std::make_unique<HostTimeline>(); }
  virtual KernelFacts kernel_facts(const void* /*kernel*/) const { return {}; }
  virtual Peaks peaks(Precision) { return {}; }
};

}  // namespace serene::runtime
