#include <string>

#include "bindings.hpp"
#include "lrscape/error.hpp"

namespace lrscape::python {
namespace {

/// The advice of an error in terms of the arguments of the package. The switch has no default, so
/// that the compiler warns about a missing remedy.
const char* words(Remedy remedy) {
  switch (remedy) {
    case Remedy::none:
      return "";
    case Remedy::cpu:
      return "; use device=\"cpu\" instead";
    case Remedy::cpu_or_other_gpu:
      return "; lrscape.devices() lists the GPUs, or use device=\"cpu\"";
    case Remedy::cpu_memory:
      return "; device=\"cpu\" does not use GPU memory";
    case Remedy::automatic_gram:
      return "; use gram=\"auto\" to train it on the weights";
    case Remedy::other_result:
      return "; choose a different out";
    case Remedy::other_result_or_remove:
      return "; choose a different out, or remove the existing result";
    case Remedy::reuse_or_remove:
      return "; choose a different out (reuse then saves the runs that both share), or remove the "
             "existing result";
    case Remedy::rerun_or_remove:
      return "; rerun the sweep with a different out, or remove this result first";
    case Remedy::fp64:
      return "; use precision=\"fp64\"";
    case Remedy::stage:
      return "; choose another value of stage";
    case Remedy::stages:
      return "; choose another value of stages";
    case Remedy::fewer_stages:
      return "; choose fewer stages";
    case Remedy::fewer_or_longer_stages:
      return "; choose fewer stages or a longer stage";
    case Remedy::fewer_threads:
      return "; use fewer threads";
    case Remedy::steps:
      return "; choose another value of steps";
    case Remedy::own_parameters:
      return "; give its values to one optimizer, as in optimizer=\"sgd:momentum=0,0.9\"";
    case Remedy::steps_per_epoch:
      return "; set it with steps_per_epoch";
    case Remedy::single_horizon:
      return "; evaluate the horizons separately with at";
    case Remedy::all_or_some_horizons:
      return "; use either anytime or at";
    case Remedy::formula:
      return "; choose another formula";
    case Remedy::formula_or_method:
      return "; omit formula or method";
    case Remedy::header:
    case Remedy::no_header:
    case Remedy::drop_missing:
    case Remedy::one_hot:
      return "";  // Only the command line reads tables.
  }
  return "";
}

PyObject* type_of(const Error& error, PyObject* device_error) {
  if (dynamic_cast<const DeviceError*>(&error) != nullptr) return device_error;
  if (dynamic_cast<const MemoryError*>(&error) != nullptr) return PyExc_MemoryError;
  if (dynamic_cast<const InputError*>(&error) != nullptr) return PyExc_ValueError;
  return PyExc_OSError;  // Results could not be written.
}

}  // namespace

void add_errors(nb::module_& module) {
  PyObject* const device_error = PyErr_NewExceptionWithDoc(
      "lrscape.DeviceError",
      "The device does not exist, this build has no code for it, it has failed, or its memory is "
      "too small for the smallest piece of work.",
      PyExc_RuntimeError, nullptr);
  module.attr("DeviceError") = nb::steal(device_error);
  nb::register_exception_translator(
      [](const std::exception_ptr& thrown, void* payload) {
        try {
          std::rethrow_exception(thrown);
        } catch (const Error& error) {
          const std::string text = std::string(error.what()) + words(error.remedy());
          PyErr_SetString(type_of(error, static_cast<PyObject*>(payload)), text.c_str());
        }
      },
      device_error);
}

}  // namespace lrscape::python
