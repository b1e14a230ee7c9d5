"""Mixed-effects regression of scores on facts about teachers, and regression on principal components of the metrics."""

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf
from scipy.stats import t as student_t
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler
from statsmodels.tools.sm_exceptions import ConvergenceWarning

from polyglot.analysis.clusters import arrangements, panel_of, resamples

Json = dict[str, Any]
PERMUTATIONS = 999
RESAMPLES = 400  # of an R², each with a fit for every group that is left out
SINGULAR = 1e-4  # a variance component below this share of the residual variance lies on the boundary


def mixed_effects(rows: pd.DataFrame, predictor: str) -> Json:
    """PG-Score on `predictor` with random intercepts for teacher AND language, by REML (the paper's Table 3).

    Args:
        rows: teacher, language, pg_score and the predictor; rows where the predictor or the score is unknown are left
            out and counted.

    Returns:
        status ("fitted", or why there is no number), rows, left_out, teachers, languages, and for a fitted model beta,
        se and df (Kenward and Roger), p and low, high (95 %) by Student's t, p_wald (the paper's kind, too small with
        few teachers), the two variances and the residual one. A model that is not identifiable or does not converge has
        a status and no number.
    """
    known = rows.dropna(subset=["pg_score", predictor])
    teachers, languages = known["teacher"].nunique(), known["language"].nunique()
    report = {
        "predictor": predictor,
        "rows": len(known),
        "left_out": len(rows) - len(known),
        "teachers": teachers,
        "languages": languages,
    }
    if known[predictor].nunique() < 2 or teachers < 4 or languages < 2 or len(known) < teachers + languages + 2:
        reason = f"{len(known)} rows of {teachers} teachers in {languages} languages"
        return {**report, "status": f"not identifiable: {reason} cannot carry a slope and two random intercepts"}
    model = smf.mixedlm(
        f"pg_score ~ {predictor}",
        known,
        groups=np.ones(len(known)),
        re_formula="0",
        vc_formula={"teacher": "0 + C(teacher)", "language": "0 + C(language)"},
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit = model.fit(reml=True)
    if not fit.converged or any(issubclass(item.category, ConvergenceWarning) for item in caught):
        return {**report, "status": "not converged: the optimiser reached no maximum of the likelihood"}
    variances = dict(zip(model.exog_vc.names, fit.vcomp, strict=True))
    singular = [name for name, variance in variances.items() if variance < SINGULAR * fit.scale]
    if singular or not np.isfinite(fit.bse[predictor]):
        return {**report, "status": f"not identifiable: no variance left between {' and '.join(singular) or 'groups'}"}
    beta = float(fit.params[predictor])
    se, df = kenward_roger(known, predictor, [variances["teacher"], variances["language"], fit.scale])
    half = student_t.ppf(0.975, df) * se
    return {
        **report,
        "status": "fitted",
        "beta": beta,
        "se": se,
        "df": df,
        "p": float(2 * student_t.sf(abs(beta) / se, df)),
        "p_wald": float(fit.pvalues[predictor]),
        "low": beta - half,
        "high": beta + half,
        "teacher_variance": float(variances["teacher"]),
        "language_variance": float(variances["language"]),
        "residual_variance": float(fit.scale),
    }


def kenward_roger(rows: pd.DataFrame, predictor: str, variances: Sequence[float]) -> tuple[float, float]:
    """Standard error and degrees of freedom of the slope on `predictor` (Kenward and Roger 1997).

    `variances`: of teacher, language and residual, by REML. The error is raised by what their estimation adds; the
    degrees of freedom are 2 c² / var(c) for the slope's variance c (with one slope the same as Satterthwaite's), from
    the expected information on the variances. In a complete panel a fact about teachers has T − 2, as in a regression
    on teachers' means.
    """
    design = np.column_stack([np.ones(len(rows)), rows[predictor].to_numpy(dtype=float)])
    members = [pd.get_dummies(rows[name]).to_numpy(dtype=float) for name in ("teacher", "language")]
    parts = [*(member @ member.T for member in members), np.eye(len(rows))]
    inverse = np.linalg.inv(sum(variance * part for variance, part in zip(variances, parts, strict=True)))
    covariance = np.linalg.inv(design.T @ inverse @ design)
    weights = inverse @ design
    projection = inverse - weights @ covariance @ weights.T
    information = np.array([[np.trace(projection @ a @ projection @ b) / 2 for b in parts] for a in parts])
    of_variances = np.linalg.inv(information)
    slopes = [weights.T @ part @ weights for part in parts]
    change = np.array([(covariance @ slope @ covariance)[1, 1] for slope in slopes])
    extra = sum(
        of_variances[i, j] * (weights.T @ a @ inverse @ b @ weights - slopes[i] @ covariance @ slopes[j])
        for i, a in enumerate(parts)
        for j, b in enumerate(parts)
    )
    adjusted = covariance + 2 * covariance @ extra @ covariance
    df = 2 * covariance[1, 1] ** 2 / (change @ of_variances @ change)
    return float(np.sqrt(adjusted[1, 1])), float(df)


class Components(NamedTuple):
    """Principal components of standardised metrics.

    loadings: metric × component, each component's largest loading positive. explained: share of variance, descending.
    """

    loadings: pd.DataFrame
    explained: np.ndarray


def components(metrics: pd.DataFrame) -> Components:
    """PCA of the standardised columns of `metrics` (rows, metrics), no value unknown."""
    pca = PCA(svd_solver="full").fit(StandardScaler().fit_transform(metrics))
    loadings = pca.components_.T
    signs = np.sign(loadings[np.abs(loadings).argmax(axis=0), np.arange(loadings.shape[1])])
    names = [f"PC{number}" for number in range(1, loadings.shape[1] + 1)]
    table = pd.DataFrame(loadings * signs, index=metrics.columns, columns=names)
    real = pca.explained_variance_ratio_ > 1e-9  # fewer cells than metrics leave components that hold only rounding
    return Components(table.loc[:, real], pca.explained_variance_ratio_[real])


def cumulative(explained: Sequence[float]) -> np.ndarray:
    """The share of variance that each component and those before it explain, at most 1 whatever rounding adds."""
    return np.minimum(np.cumsum(explained), 1.0)


def enough_components(explained: np.ndarray, share: float = 0.9) -> int:
    """The least number of components that explain at least `share` of the variance."""
    return int(np.searchsorted(cumulative(explained), share - 1e-12) + 1)


def component_prediction(metrics: pd.DataFrame, target: np.ndarray, cells: pd.DataFrame, count: int, seed: int) -> Json:
    """Linear regression of `target` (rows,) on the first `count` components of `metrics` (rows, metrics).

    `cells` has the teacher and language of each row. R² is in sample, and leaving out one language or one teacher at a
    time, without which scaling, components and slopes are then fitted. p: share of rearrangements of the target by
    blocks whose R² is at least as large. Intervals, 95 %: teachers and languages resampled; in sample reflected about
    the estimate (2 · R² − quantiles), because there resampling raises R² by about as much as fitting did.

    Returns:
        rows, components, arrangements, predicted (rows,) from the models that left the row's language out, and for each
        of in_sample, language_out and teacher_out: r2_…, p_…, low_…, high_…, the last three None without a complete
        panel; only "rows" and "reason" where there are too few rows.
    """
    rows, languages = len(target), cells["language"].nunique()
    smallest = rows - max(cells["language"].value_counts(), default=0)
    if languages < 2 or smallest < count + 2 or np.ptp(target) == 0:
        return {"rows": rows, "reason": f"{rows} rows in {languages} languages are too few for {count} components"}
    values, random = metrics.to_numpy(dtype=float), np.random.default_rng(seed)
    groups = {"in_sample": None, "language_out": cells["language"].to_numpy()}
    if cells["teacher"].nunique() > 2:
        groups["teacher_out"] = cells["teacher"].to_numpy()
    panel = panel_of(cells)
    targets, drawn = target[:, None], None
    if panel is not None:
        orders = arrangements(panel, PERMUTATIONS, random)
        targets = np.empty((rows, len(orders)))
        targets[panel.ravel()] = target[orders].T
        drawn = resamples(panel, RESAMPLES, random)
    report: Json = {"rows": rows, "components": count, "arrangements": None if panel is None else targets.shape[1]}
    for name, group in groups.items():
        predicted = _predicted(values, targets, group, count)
        r2 = _r2(targets, predicted)
        report |= {f"r2_{name}": float(r2[0]), f"p_{name}": None, f"low_{name}": None, f"high_{name}": None}
        if panel is not None:
            report[f"p_{name}"] = float((r2 >= r2[0] - 1e-12).mean())
        if drawn is not None:
            low, high = _interval(values, target, group, count, drawn, r2[0])
            report |= {f"low_{name}": low, f"high_{name}": high}
        if name == "language_out":
            report["predicted"] = predicted[:, 0].tolist()
    return report


def _predicted(metrics: np.ndarray, targets: np.ndarray, groups: np.ndarray | None, count: int) -> np.ndarray:
    """Predictions (rows, targets), of each group by a model of all others; without groups in sample."""
    if groups is None:
        return _fitted(metrics, targets, metrics, count)
    predicted = np.empty(targets.shape)
    for group in np.unique(groups):
        out = groups == group
        predicted[out] = _fitted(metrics[~out], targets[~out], metrics[out], count)
    return predicted


def _fitted(metrics: np.ndarray, targets: np.ndarray, others: np.ndarray, count: int) -> np.ndarray:
    """Predictions for `others` of a regression of `targets` on the first components of the standardised `metrics`."""
    spread = metrics.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    scaled = (metrics - metrics.mean(axis=0)) / spread
    axes = np.linalg.svd(scaled, full_matrices=False)[2][:count].T
    slopes = np.linalg.lstsq(np.column_stack([np.ones(len(scaled)), scaled @ axes]), targets, rcond=None)[0]
    return np.column_stack([np.ones(len(others)), (others - metrics.mean(axis=0)) / spread @ axes]) @ slopes


def _r2(targets: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """1 − Σ(y − ŷ)² / Σ(y − ȳ)² of each column; NaN for a constant column."""
    spread = np.square(targets - targets.mean(axis=0)).sum(axis=0)
    return 1 - np.square(targets - predicted).sum(axis=0) / np.where(spread > 0, spread, np.nan)


def _interval(
    metrics: np.ndarray, target: np.ndarray, groups: np.ndarray | None, count: int, drawn: np.ndarray, estimate: float
) -> tuple[float, float]:
    """Interval of an R² from resamples of rows; a language drawn twice is left out as a whole.

    In sample every resample fits too well, and mirrored about the estimate the ends miss the other side: the interval
    runs from the lower of both kinds of ends to the higher. Where blocks share three quarters of the variance, it
    holds the truth in 93 % of 400 simulated studies, and those of a language or teacher left out in 94 and 91 %.
    """
    values = []
    for rows in drawn:
        part = None if groups is None else groups[rows]
        if part is None or len(set(part)) > 1:
            values.append(_r2(target[rows, None], _predicted(metrics[rows], target[rows, None], part, count))[0])
    low, high = (float(end) for end in np.nanpercentile(values, [2.5, 97.5]))
    if groups is None:
        return max(min(low, 2 * estimate - high), 0.0), min(max(high, 2 * estimate - low), 1.0)
    return low, high
