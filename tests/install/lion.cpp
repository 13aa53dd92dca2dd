// Instantiates the parts of README.md's optimizer that a kernel uses.
namespace lrscape::optimizer {
template Lion::StepValues<double> Lion::step_values<double>(const double*, double, double);
template Lion::Coefficients<double> Lion::coefficients(const Rates<double>&,
                                                       const Lion::StepValues<double>&);
template void Lion::update(double&, double, double*, const Lion::Coefficients<double>&);
}  // namespace lrscape::optimizer
