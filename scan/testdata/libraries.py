#!/usr/bin/env python3
"""Writes the files in libraries/, as programs that use these libraries do.

Those that are there were written by Python 3.11.2 with numpy 1.24.2, pandas 1.5.3,
scikit-learn 1.2.1, scipy 1.10.1, joblib 1.2.0 and torch 1.13.1, as Debian 12
has them. The first part of a name is the preset that the file belongs to.
"""

import collections
import os
import pickle

import joblib
import numpy as np
import pandas as pd
import torch
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LogisticRegression, PoissonRegressor, SGDClassifier
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

DIR = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'libraries')
LARGEST = 4096


def path(name):
    return os.path.join(DIR, name)


def dump(name, value, protocols=(2, 5)):
    for protocol in protocols:
        with open(path(f'{name}.p{protocol}.pkl'), 'wb') as f:
            pickle.dump(value, f, protocol)


def numpy_files():
    dump('numpy_kinds', [np.zeros(2, t) for t in ('?', 'i1', '>i4', 'u8', 'f2', 'f8', 'c16', 'S3', 'U2', 'V4', 'M8[ns]', 'm8[D]')])
    dump('numpy_scalars', [np.float64(1.5), np.int8(3), np.bool_(True), np.datetime64('2020-01-01'), np.str_('x'), np.float64, np.dtype('f8')])
    dump('numpy_structures', [
        np.array([(1, 2.0, b'x')], [('a', 'i4'), ('b', 'f8'), ('c', 'S3')]), np.array([(1, 'x')], [('a', 'i4'), ('b', 'O')]),
        np.rec.array([(1, 2.0)], [('a', 'i4'), ('b', 'f8')]), np.zeros(1, [('a', 'i2', (2, 2))])[0]])
    dump('numpy_others', [
        np.array([1, 'a', None, {'b': [2]}], object), np.matrix([[1, 2]]), np.ma.array([1, 2], mask=[0, 1]), np.ma.masked,
        np.poly1d([1, 2]), np.polynomial.Polynomial([1, 2]), np.log1p, np.mean])
    dump('numpy_random', [np.random.default_rng(1), np.random.Philox(1), np.random.SeedSequence(1)])
    np.save(path('numpy_objects.npy'), np.array([1, 'a', {'b': 2}], object))
    np.savez_compressed(path('numpy_several.npz'), a=np.arange(3), b=np.array([1, 'x'], object))


def pandas_files():
    times = pd.date_range('2020', periods=2, tz='UTC')
    dump('pandas_frame', pd.DataFrame({'a': [1, 2], 'b': ['x', None], 'c': times, 'd': pd.Categorical(['u', 'v'])}))
    dump('pandas_columns', [pd.Series([1, None], dtype='Int64'), pd.Series(['a', None], dtype='string'), pd.Series([True, None], dtype='boolean'),
                            pd.Series(pd.arrays.SparseArray([0, 1]))])
    dump('pandas_indexes', [pd.MultiIndex.from_product([[1], ['a']]), pd.RangeIndex(3), pd.interval_range(0, 2), pd.CategoricalIndex(['a'])])
    dump('pandas_times', [times, pd.period_range('2020', periods=2, freq='M'), pd.timedelta_range('1h', periods=2)])
    dump('pandas_scalars', [pd.Timestamp('2020-01-02 03:04:05.678', tz='UTC'), pd.Timedelta('3 days'), pd.Period('2020-01', 'M'), pd.Interval(1, 2),
                            pd.NaT, pd.NA, pd.DateOffset(months=2), pd.offsets.MonthEnd()])


def learned(name, value):
    dump(f'scikit-learn_{name}', value, [4])


def sklearn_files():
    x = np.arange(24.0).reshape(8, 3) % 5
    y = np.arange(8) % 2
    with_names = pd.DataFrame({'n': [1.0, 2, 3], 'c': ['x', 'y', 'x']})
    learned('pipeline', make_pipeline(FunctionTransformer(np.log1p), StandardScaler(), SelectKBest(f_classif, k=1),
                                      LogisticRegression()).fit(x, y))
    learned('columns', ColumnTransformer([('a', StandardScaler(), ['n']), ('b', OneHotEncoder(), ['c'])]).fit(with_names))
    learned('tree', DecisionTreeClassifier(max_depth=2).fit(x, y))
    learned('neighbours', KNeighborsClassifier(algorithm='kd_tree').fit(x, y))
    learned('linear', [SGDClassifier().fit(x, y), PoissonRegressor().fit(x, y + 1)])
    learned('text', TfidfVectorizer().fit(['one word', 'two words']))
    search = GridSearchCV(DecisionTreeClassifier(), {'max_depth': [1, 2]}, scoring='f1', cv=KFold(2)).fit(x, y)
    search.cv_results_ = None  # which is large
    learned('search', search)
    model = {'model': make_pipeline(StandardScaler(), LogisticRegression()).fit(x, y), 'x': np.asfortranarray(x[:2]),
             'names': np.array(['a', 'b', None], object), 'none': np.zeros((0, 2)), 'kinds': np.zeros(2, [('a', 'i4'), ('b', 'S2')]),
             'time': np.array(['2020-01-01'], 'M8[D]'), 'matrix': np.matrix([[1]])}
    joblib.dump(model, path('scikit-learn_plain.joblib'))
    joblib.dump(model, path('scikit-learn_protocol_2.joblib'), protocol=2)
    joblib.dump(model, path('scikit-learn_zlib.joblib'), compress=3)
    joblib.dump(model, path('scikit-learn_gzip.joblib'), compress=('gzip', 3))
    joblib.dump(model, path('scikit-learn_bz2.joblib'), compress=('bz2', 3))


def torch_files():
    net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
    net(torch.ones(2, 2)).sum().backward()
    state = collections.OrderedDict(net.state_dict(), half=torch.zeros(2, dtype=torch.bfloat16), kind=torch.float32, size=torch.Size([1]),
                                    parameter=torch.nn.Parameter(torch.ones(1)), sparse=torch.eye(2).to_sparse())
    torch.save(state, path('torch_state.pt'))
    torch.save(state, path('torch_legacy.pt'), _use_new_zipfile_serialization=False)
    with open(path('torch_tensor.p4.pkl'), 'wb') as f:
        pickle.dump(torch.ones(2), f, 4)


if __name__ == '__main__':
    os.makedirs(DIR, exist_ok=True)
    for write in numpy_files, pandas_files, sklearn_files, torch_files:
        write()
    for name in os.listdir(DIR):
        if os.path.getsize(path(name)) > LARGEST:
            raise SystemExit(f'{name} has {os.path.getsize(path(name))} bytes')
