"""Mixed-effects regression of scores on facts about teachers, and regression on principal components of the metrics."""

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from statsmodels.tools.sm_exceptions import ConvergenceWarning

Json = dict[str, Any]
SINGULAR = 1e-4  # a variance component below this share of the residual variance lies on the boundary


def mixed_effects(rows: pd.DataFrame, predictor: str) -> Json:
    """PG-Score on `predictor` with random intercepts for teacher AND language, by REML (the paper's Table 3).

    Args:
        rows: teacher, language, pg_score and the predictor; rows where the predictor or the score is unknown are left
            out and counted.

    Returns:
        status ("fitted", or why there is no number), rows, left_out, teachers, languages, and for a fitted model beta,
        se, p (Wald), low, high (95 %), the two variances and the residual one. A model that is not identifiable or
        does not converge has a status and no number.
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
    low, high = fit.conf_int().loc[predictor]
    return {
        **report,
        "status": "fitted",
        "beta": float(fit.params[predictor]),
        "se": float(fit.bse[predictor]),
        "p": float(fit.pvalues[predictor]),
        "low": float(low),
        "high": float(high),
        "teacher_variance": float(variances["teacher"]),
        "language_variance": float(variances["language"]),
        "residual_variance": float(fit.scale),
    }


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


def held_out_prediction(
    metrics: pd.DataFrame, target: np.ndarray, languages: np.ndarray, count: int, permutations: int, seed: int
) -> Json:
    """Linear regression of `target` on the first `count` components, tested by leaving one language out.

    Scaling and components are fitted without the language that is left out. The permutation p is the share of
    shuffles of the target (the observed one counted in) whose R² is at least the observed one.

    Returns:
        r2_in_sample, r2_left_out, p_in_sample, p_left_out, rows, components, permutations, and predicted (rows,) from
        the models that left the row's language out; only "rows" and "reason" where there are too few rows.
    """
    rows, groups = len(target), len(set(languages))
    smallest = rows - max(pd.Series(languages).value_counts(), default=0)
    if groups < 2 or smallest < count + 2 or np.ptp(target) == 0:
        return {"rows": rows, "reason": f"{rows} rows in {groups} languages are too few for {count} components"}
    order = np.random.default_rng(seed)
    shuffled = np.column_stack([target, *(order.permutation(target) for _ in range(permutations))])
    inside = _model(count).fit(metrics, shuffled).predict(metrics)
    outside = cross_val_predict(_model(count), metrics, shuffled, groups=languages, cv=LeaveOneGroupOut())
    r2_inside = r2_score(shuffled, inside, multioutput="raw_values")
    r2_outside = r2_score(shuffled, outside, multioutput="raw_values")
    return {
        "rows": rows,
        "components": count,
        "permutations": permutations,
        "r2_in_sample": float(r2_inside[0]),
        "r2_left_out": float(r2_outside[0]),
        "p_in_sample": float((r2_inside >= r2_inside[0]).mean()),
        "p_left_out": float((r2_outside >= r2_outside[0]).mean()),
        "predicted": outside[:, 0].tolist(),
    }


def _model(count: int) -> Pipeline:
    return make_pipeline(StandardScaler(), PCA(count, svd_solver="full"), LinearRegression())
