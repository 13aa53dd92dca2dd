#include "listening.hpp"

#include <nanobind/stl/string.h>

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "calls.hpp"
#include "lrscape/error.hpp"
#include "lrscape/stop.hpp"

namespace lrscape::python {
namespace {

/// What the thread that works tells the thread that listens.
struct News {
  bool ended = false;
  bool has_progress = false;
  std::size_t done = 0, total = 0;
  std::vector<std::string> warnings = {};
};

class Conversation {
 public:
  explicit Conversation(const std::function<void(const Watch&)>& work)
      : worker_([this, &work] { this->work(work); }) {}

  /// Waits for the end, but no longer than the listener may sleep.
  News wait() {
    constexpr std::chrono::milliseconds longest(50);
    const nb::gil_scoped_release release;
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, longest, [this] { return news_.ended; });
    News news = news_;
    news_.has_progress = false;
    news_.warnings.clear();
    return news;
  }

  void stop() { stop_ = true; }

  /// Waits for the thread to end. Throws what the work threw.
  void join() {
    {
      const nb::gil_scoped_release release;
      worker_.join();
    }
    if (thrown_) std::rethrow_exception(thrown_);
  }

 private:
  void work(const std::function<void(const Watch&)>& work) {
    Watch watch;
    watch.stop = &stop_;
    watch.progress = [this](std::size_t done, std::size_t total) {
      const std::lock_guard lock(mutex_);
      news_.has_progress = true;
      news_.done = done;
      news_.total = total;
    };
    watch.warn = [this](const std::string& text) {
      const std::lock_guard lock(mutex_);
      news_.warnings.push_back(text);
    };
    try {
      work(watch);
    } catch (...) {
      thrown_ = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    news_.ended = true;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  News news_;
  std::atomic<bool> stop_ = false;
  std::exception_ptr thrown_;
  std::jthread worker_;  // Last: it uses the other members.
};

void tell(const News& news, const Listeners& listeners) {
  if (PyErr_CheckSignals() != 0) throw nb::python_error();
  for (const std::string& text : news.warnings)
    if (!listeners.warn.is_none()) listeners.warn(text);
  if (news.has_progress && !listeners.progress.is_none()) listeners.progress(news.done, news.total);
}

}  // namespace

nb::object run_and_listen(const std::function<void(const Watch&)>& work,
                          const Listeners& listeners) {
  const Call call;
  Conversation conversation(work);
  nb::object raised = nb::none();
  for (bool ended = false; !ended;) {
    const News news = conversation.wait();
    ended = news.ended;
    if (Call::must_stop()) conversation.stop();
    try {
      tell(news, listeners);
    } catch (nb::python_error& error) {
      conversation.stop();
      raised = nb::borrow(error.value());
    }
  }
  try {
    conversation.join();
  } catch (const InterruptedError&) {
    if (raised.is_none()) throw;
  }
  return raised;
}

void run_until_signal(const std::function<void()>& work) {
  const auto stoppable = [&](const Watch& watch) {
    const StopScope scope(watch.stop);
    work();
  };
  const nb::object raised = run_and_listen(stoppable, {nb::none(), nb::none()});
  if (raised.is_none()) return;
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(raised.ptr())), raised.ptr());
  throw nb::python_error();
}

}  // namespace lrscape::python
